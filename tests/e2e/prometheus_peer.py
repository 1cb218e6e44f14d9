#!/usr/bin/python3 -s
"""Reads metrics with Prometheus's own client library: text in, JSON out. Run by the Debian Python, which has that library."""

import json
import sys

from prometheus_client.parser import text_string_to_metric_families

json.dump([{"name": family.name, "type": family.type,
            "samples": [[sample.name, sample.labels, sample.value] for sample in family.samples]}
           for family in text_string_to_metric_families(sys.stdin.read())], sys.stdout)
