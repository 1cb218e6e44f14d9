#!/usr/bin/env python3
"""Asks a server thousands of questions that docs/openapi.json allows, and as many that it forbids, made by schemathesis: every
answer has to be one that the document announces, and what is for administrators only has to be refused to everybody else.

    tests/openapi/run.py SCHEMATHESIS [SECONDS]     avouchd has to be on the PATH; for so long, over four passes [120]
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import Server  # noqa: E402
from test_roles import Role  # noqa: E402

SEED = 20261123
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
          "response_schema_conformance", "negative_data_rejection", "missing_required_header", "unsupported_method"]
# As the peer has it, a failure of the attestation service is 500 whoever is to blame; and there is no 405.
OF_THE_PEER = {"not_a_server_error", "unsupported_method"}


def ask(schemathesis, title, url, tags, seconds, checks, *options):
    print(f"==> {title}", flush=True)
    command = [schemathesis, "--config-file", str(pathlib.Path(__file__).with_name("schemathesis.toml")), "run",
               f"{url}/avouch/v1/openapi.json", "--url", url, *(word for tag in tags for word in ("--include-tag", tag)), "--checks", ",".join(checks),
               "--phases", "examples,coverage,fuzzing", "--max-time", str(seconds), "--seed", str(SEED), "--workers", "1",
               "--continue-on-failure", "--request-timeout", "30", "--warnings", "off", *options]
    with tempfile.TemporaryDirectory(prefix="avouch-openapi-") as folder:  # it keeps notes where it runs
        hooks = {"SCHEMATHESIS_HOOKS": "evidence_types", "PYTHONPATH": str(pathlib.Path(__file__).parent.resolve())}
        return subprocess.run(command, cwd=folder, env={**os.environ, **hooks}).returncode == 0


def main():
    schemathesis, seconds = sys.argv[1], max(4, int(sys.argv[2]) if len(sys.argv) > 2 else 120) // 4
    passed = []
    peers_checks = [check for check in CHECKS if check not in OF_THE_PEER]
    with Server("--allow-sample") as server:
        token = ["--header", f"Authorization: Bearer {server.admin_token()}"]
        passed.append(ask(schemathesis, "management, by an administrator", server.url, ["management"], seconds, CHECKS + ["allow_header_conformance"], *token))
        passed.append(ask(schemathesis, "key broker and verification service, by an administrator", server.url, ["key broker", "verification service"], seconds,
                          peers_checks + ["not_a_server_error"], *token))
        passed.append(ask(schemathesis, "all of it, by a stranger", server.url, ["management", "key broker", "verification service"], seconds,
                          ["not_a_server_error", "status_code_conformance", "content_type_conformance",
                           "response_schema_conformance", "ignored_auth"]))
    with tempfile.TemporaryDirectory(prefix="avouch-openapi-") as name:
        folder = pathlib.Path(name)
        (folder / "as.json").write_text(json.dumps({"avouch": {"allow_sample": True}}))
        with Role(folder, "restful-as", "--socket", "127.0.0.1:PORT", "--config-file", folder / "as.json",
                  "--data-dir", folder / "data") as verifier:
            passed.append(ask(schemathesis, "attestation service", verifier.url, ["attestation service"], seconds, peers_checks))
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
