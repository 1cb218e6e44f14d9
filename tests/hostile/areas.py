"""The areas of the battery, in the order in which they run, each with the server that it needs."""

import dataclasses
import typing

import admin
import cca
import floods
import http_framing
import json_cases
import policies
import protocol
import slow
import tls
import tokens
from battery import Server, run_area, warm_up


@dataclasses.dataclass(frozen=True)
class Plan:
    cases: typing.Callable
    growth_max_mebibytes: int  # after the cases: caches fill and the allocator keeps some of what it gave
    server: type = Server


ALL = {
    "http": Plan(http_framing.cases, 8),
    "json": Plan(json_cases.cases, 16),
    "protocol": Plan(protocol.cases, 12),
    "tokens": Plan(tokens.cases, 8),
    "admin": Plan(admin.cases, 8),
    "cca": Plan(cca.cases, 12),
    "policies": Plan(policies.cases, 12),
    "slow": Plan(slow.cases, 48),  # of the 256 MiB of bodies that were held at once
    "tls": Plan(tls.cases, 16, tls.TlsServer),
    "floods": Plan(floods.cases, 24),
}


def run(name, effort):
    plan = ALL[name]
    with plan.server("--allow-sample") as server:
        warm_up(server)
        return run_area(name, plan.cases, server, effort, plan.growth_max_mebibytes)
