#!/usr/bin/env python3
"""Runs the libFuzzer targets of a fuzz build: `./run fuzz` makes the build and calls this.

    tools/fuzz.py [TARGET] [SECONDS]            one target, or each of them, for SECONDS [60] of its own CPU time
    tools/fuzz.py long [SECONDS] [--until H:M]  each target up to SECONDS [600] in all, going on where it was stopped
    tools/fuzz.py merge [TARGET]                takes into corpus/ what found/ covers and the corpus does not, and no more
    tools/fuzz.py list                          the targets

TARGET may be cut short as long as it is clear: "cbor" is codec_cbor_fuzz. What is found lies in build/fuzz/found/TARGET.
The exit code is 0, 1 after a finding (the path of the input and how to reproduce it are printed), 2 for a mistake.
"""

import concurrent.futures
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/fuzz"
FOUND, FINDINGS, STATE = BUILD / "found", BUILD / "findings", BUILD / "long.json"
CORPUS = ROOT / "corpus"
DICTIONARIES = CORPUS / "dictionaries"

CORPUS_FILES_MAX, CORPUS_BYTES_MAX = 200, 500_000
MEMORY_MB_MAX = 2048
CPU_SECONDS_MAX = 10     # of one execution
WALL_SECONDS_MAX = 60    # after so long a stand-still is looked at; CPU_SECONDS_MAX decides
SLICE_CPU_SECONDS = 20   # of the long run, so that every target gets its turn and a stop loses little
POLL_SECONDS = 0.2
PROGRESS_SECONDS = 60    # where the output is no terminal
LENGTH_MAX = 4096
# Where inputs are mostly longer or shorter than that.
LENGTHS = {"codec_base64": 512, "store_file_names": 600, "net_url": 600, "appraise_ticket": 512,
           "crypto_key": 8192, "tee_cca_evidence": 8192, "dialect_kbs_messages": 16384, "edge_http_request": 16384,
           "cmd_avouch_realm_image": 20000, "format_xmldsig": 8192}
# The words of a format, beside corpus/dictionaries/<target without _fuzz>.dict, which is found by its name.
WORDS = {"codec_json": "json", "format_jwe": "jose", "format_jwk": "jose", "format_jws": "jose", "format_ear": "jose",
         "broker_verified_ear": "jose", "net_http_message": "http", "net_response_reader": "http", "dialect_kbs_client": "http",
         "edge_http_request": "http", "codec_cbor": "cbor", "format_corim": "cbor", "format_cose": "cbor", "tee_cca_evidence": "cbor",
         "codec_toml": "toml", "appraise_init_data": "toml", "cmd_avouchd_config": "toml",
         "codec_xml": "xml", "format_xmldsig": "xml"}


def say(text):
    print(text, flush=True)


def targets():
    sources = sorted(ROOT.glob("src/**/*_fuzz.cc"))
    return ["_".join(path.relative_to(ROOT / "src").with_suffix("").parts) for path in sources]


def resolve(name):
    """The targets that a name given on the command line means: one, or all of them for none."""
    known = targets()
    if not name:
        return known
    wanted = name.replace("/", "_").removesuffix("_fuzz")
    for fits in (lambda full: full == wanted, lambda full: full.endswith("_" + wanted), lambda full: wanted in full):
        found = [full for full in known if fits(full.removesuffix("_fuzz"))]
        if len(found) == 1:
            return found
        if found:
            return mistake(f'"{name}" may be any of:\n  ' + "\n  ".join(found))
    return mistake(f'no target "{name}"; there are:\n  ' + "\n  ".join(known))


def mistake(text):
    print(f"fuzz: {text}", file=sys.stderr)
    sys.exit(2)


def options_of(target):
    short = target.removesuffix("_fuzz")
    out = [f"-max_len={LENGTHS.get(short, LENGTH_MAX)}", f"-rss_limit_mb={MEMORY_MB_MAX}",
           f"-timeout={WALL_SECONDS_MAX}", "-print_final_stats=1", f"-artifact_prefix={FINDINGS / target}-"]
    dictionary = DICTIONARIES / f"{WORDS.get(short, short)}.dict"
    return out + ([f"-dict={dictionary}"] if dictionary.exists() else [])


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Outcome:
    """What one run of a target came to."""

    def __init__(self, target, log, code, spent):
        text = log.read_text(errors="replace")
        stat = dict(re.findall(r"^stat::(\w+):\s+(\d+)", text, re.MULTILINE))
        coverage = re.findall(r"\bcov: (\d+)", text)
        artifact = re.findall(r"Test unit written to (\S+)", text)
        self.target, self.log, self.code, self.spent = target, log, code, spent
        self.executions = int(stat.get("number_of_executed_units", 0))
        self.new_entries = int(stat.get("new_units_added", 0))
        self.edges = int(coverage[-1]) if coverage else 0
        self.input = pathlib.Path(artifact[-1]) if artifact else None

    def row(self):
        rate = self.executions / self.spent if self.spent > 0 else 0
        verdict = "none" if self.code == 0 else "FOUND"
        return (f"{self.target:34} {self.executions:12,} {rate:10,.0f} {self.edges:8,} {self.new_entries:6,} "
                f"{self.spent:8.0f}  {verdict}")


HEADLINE = f"{'target':34} {'executions':>12} {'per CPU s':>10} {'edges':>8} {'new':>6} {'CPU s':>8}  finding"


def run(target, seconds, deadline=None):
    """Runs one target until it has used so much CPU time, has found something, or the deadline (of time.time()) is there."""
    found = FOUND / target
    for folder in (found, FINDINGS, CORPUS / target):
        folder.mkdir(parents=True, exist_ok=True)
    log = BUILD / f"{target}.log"
    with open(log, "wb") as out:
        process = subprocess.Popen([BUILD / "bin" / target, *options_of(target), found, CORPUS / target],
                                   stdout=out, stderr=out, cwd=BUILD)
    spent, shown, asked = 0.0, time.monotonic(), False
    try:
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid != 0:
                break
            spent = cpu_seconds(process.pid)
            if not asked and (spent >= seconds or (deadline and time.time() >= deadline)):
                process.send_signal(signal.SIGUSR1)  # libFuzzer ends after the execution that it is at
                asked = True
            shown = progress(target, spent, seconds, shown)
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        process.kill()
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    return Outcome(target, log, process.returncode, usage.ru_utime + usage.ru_stime)


def progress(target, spent, seconds, shown):
    if sys.stdout.isatty():
        print(f"\r{target:34} {spent:4.0f} of {seconds:.0f} CPU seconds", end="\r", flush=True)
    elif time.monotonic() - shown > PROGRESS_SECONDS:
        say(f"  {target}: {spent:.0f} of {seconds:.0f} CPU seconds")
        return time.monotonic()
    return shown


def is_slow_machine(outcome):
    """libFuzzer times executions by the wall: whether this one was slow only because the machine was busy."""
    if outcome.input is None or "-timeout-" not in outcome.input.name:
        return False
    process = subprocess.Popen([BUILD / "bin" / outcome.target, outcome.input], cwd=BUILD,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        pid, status, _ = os.wait4(process.pid, os.WNOHANG)
        if pid != 0:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode == 0
        if cpu_seconds(process.pid) > CPU_SECONDS_MAX:
            process.kill()
            process.wait()
            return False
        time.sleep(POLL_SECONDS)


def report(outcome):
    """Says what was found, and how to see it again."""
    text = outcome.log.read_text(errors="replace").splitlines()
    told = [i for i, line in enumerate(text) if re.search(r"ERROR|this cannot happen|runtime error|Assertion", line)]
    say("\n" + "\n".join(text[told[0]:told[0] + 30] if told else text[-30:]))
    say(f"\nfinding in {outcome.target}")
    if outcome.input is None:
        say(f"  no input was written; all that it said: {outcome.log}")
        return
    program, where = (BUILD / "bin" / outcome.target).relative_to(ROOT), outcome.input.relative_to(ROOT)
    say(f"  input      {where}\n"
        f"  reproduce  {program} {where}\n"
        f"  shorten    {program} -minimize_crash=1 -max_total_time=60 {where}\n"
        f"  then       correct it, and keep the input: cp {where} corpus/{outcome.target}/NAME")


def fuzz(names, seconds):
    say(HEADLINE)
    for target in names:
        outcome = run(target, seconds)
        if outcome.code != 0 and is_slow_machine(outcome):
            outcome.code = 0
        say(outcome.row())
        if outcome.code != 0:
            report(outcome)
            return 1
    return 0


def fuzz_long(names, seconds, deadline):
    """In slices, each target in turn, one on each core. What was spent is kept: the next call goes on from there."""
    spent = json.loads(STATE.read_text()) if STATE.exists() else {}
    taken, findings, turn = set(), [], threading.Lock()

    def take():
        with turn:
            ready = [t for t in names if spent.get(t, 0) < seconds and t not in findings and t not in taken]
            if not ready or (deadline and time.time() >= deadline):
                return None
            target = min(ready, key=lambda name: spent.get(name, 0))
            taken.add(target)
            return target

    def give_back(target, outcome):
        with turn:
            taken.remove(target)
            spent[target] = spent.get(target, 0) + outcome.spent
            STATE.write_text(json.dumps(spent, indent=1, sort_keys=True))
            say(f"{datetime.datetime.now():%H:%M} {outcome.row()}, {spent[target]:.0f} of {seconds} in all")
            if outcome.code != 0:
                findings.append(target)
                report(outcome)

    def work():
        while target := take():
            outcome = run(target, min(SLICE_CPU_SECONDS, seconds - spent.get(target, 0)), deadline)
            if outcome.code != 0 and is_slow_machine(outcome):
                outcome.code = 0
            give_back(target, outcome)

    say(HEADLINE)
    with concurrent.futures.ThreadPoolExecutor() as workers:
        for done in [workers.submit(work) for _ in range(os.cpu_count())]:
            done.result()
    missing = [name for name in names if spent.get(name, 0) < seconds]
    say(f"{len(names) - len(missing)} of {len(names)} targets had their {seconds} CPU seconds; findings in: "
        f"{', '.join(findings) or 'none'}")
    return 1 if findings else 0


def is_generated(path):
    return re.fullmatch(r"[0-9a-f]{40}", path.name) is not None


def snapshot(folder):
    """A copy of what was found so far: a run that goes on meanwhile replaces its inputs by smaller ones."""
    copy = BUILD / "merge" / f"{folder.name}.found"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for path in folder.glob("*"):
        try:
            shutil.copy(path, copy)
        except FileNotFoundError:
            pass
    return copy


def merge(names):
    """Inputs with a name are kept; those that libFuzzer named are chosen anew, as few as cover what all of them do."""
    for target in names:
        corpus, old = CORPUS / target, BUILD / "merge" / target
        shutil.rmtree(old, ignore_errors=True)
        old.mkdir(parents=True)
        found = snapshot(FOUND / target)
        for path in filter(is_generated, corpus.iterdir()):
            path.rename(old / path.name)
        done = subprocess.run([BUILD / "bin" / target, "-set_cover_merge=1", "-use_counters=0",
                               f"-rss_limit_mb={MEMORY_MB_MAX}", f"-timeout={WALL_SECONDS_MAX}",
                               f"-artifact_prefix={FINDINGS / target}-", corpus, old, found],
                              cwd=BUILD, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            for path in filter(is_generated, corpus.iterdir()):
                path.unlink()
            for path in old.iterdir():
                path.rename(corpus / path.name)
            say(done.stdout.decode(errors="replace")[-3000:])
            return 1
        trim(corpus)
        files = list(corpus.iterdir())
        say(f"{target:34} {len(files):4} files {sum(path.stat().st_size for path in files):8,} octets")
    return 0


def trim(corpus):
    """Drops the largest generated inputs until the corpus is within its bounds."""
    generated = sorted(filter(is_generated, corpus.iterdir()), key=lambda path: path.stat().st_size)
    files = len(list(corpus.iterdir()))
    size = sum(path.stat().st_size for path in corpus.iterdir())
    while generated and (files > CORPUS_FILES_MAX or size > CORPUS_BYTES_MAX):
        largest = generated.pop()
        size -= largest.stat().st_size
        files -= 1
        largest.unlink()


def build(names):
    done = subprocess.run(["ninja", "-C", BUILD, "--quiet", *names], check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)


def deadline_of(words):
    """The time.time() of "--until H:M", today or else tomorrow; takes it out of the words."""
    if "--until" not in words:
        return None
    at = words.index("--until")
    try:
        clock = datetime.time.fromisoformat(words[at + 1])
    except (IndexError, ValueError):
        mistake("--until needs a time of day, like 23:15")
    del words[at:at + 2]
    then = datetime.datetime.combine(datetime.date.today(), clock)
    return (then if then > datetime.datetime.now() else then + datetime.timedelta(days=1)).timestamp()


def main(words):
    deadline = deadline_of(words)
    check_only = "--check" in words  # for ./run: finds mistakes before it builds for minutes
    words = [word for word in words if word != "--check"]
    verb = words.pop(0) if words and words[0] in ("list", "long", "merge") else ""
    seconds = int(words.pop()) if words and words[-1].isdigit() else (600 if verb == "long" else 60)
    if len(words) > 1:
        mistake("one target at a time, and whole seconds: tools/fuzz.py [TARGET] [SECONDS]")
    names = resolve(words[0] if words else "")
    if check_only:
        return 0
    if verb == "list":
        say("\n".join(names))
        return 0
    build(names)
    if verb == "merge":
        return merge(names)
    return fuzz_long(names, seconds, deadline) if verb == "long" else fuzz(names, seconds)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
