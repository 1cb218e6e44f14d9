// A real, unmodified client of the kernel's TSM interface: Google's go-configfs-tsm. Prints the report's provider and size,
// or fails.
//
//	go build -o go_tsm_client . && avouch realm run -- ./go_tsm_client [-count N] [-out FILE]
package main

import (
	"bytes"
	"crypto/rand"
	"flag"
	"fmt"
	"log"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/google/go-configfs-tsm/configfs/linuxtsm"
	"github.com/google/go-configfs-tsm/report"
)

const challengeBytes = 64

func main() {
	count := flag.Int("count", 1, "reports to fetch, each over a fresh challenge")
	out := flag.String("out", "", "file for the last report")
	flag.Parse()
	log.SetFlags(0)

	client, err := linuxtsm.MakeClient()
	if err != nil {
		log.Fatalf("no TSM here: %v", err)
	}
	var last *report.Response
	took := make([]time.Duration, 0, *count)
	for range *count {
		challenge := make([]byte, challengeBytes)
		if _, err := rand.Read(challenge); err != nil {
			log.Fatal(err)
		}
		start := time.Now()
		last, err = report.Get(client, &report.Request{InBlob: challenge})
		took = append(took, time.Since(start))
		if err != nil {
			log.Fatalf("no report: %v", err)
		}
		if !bytes.Contains(last.OutBlob, challenge) {
			log.Fatal("the report is not over the challenge")
		}
	}
	if *out != "" {
		if err := os.WriteFile(*out, last.OutBlob, 0o600); err != nil {
			log.Fatal(err)
		}
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	fmt.Printf("provider %s, report of %d bytes; %d fetched, fastest %v, median %v\n",
		strings.TrimSpace(last.Provider), len(last.OutBlob), *count, took[0], took[len(took)/2])
}
