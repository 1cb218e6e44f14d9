"""What went wrong with the servers that were there before, and what holds it here.

Each entry names the cases ("area: case", all of which have to be run, or the table is wrong), or says why there is none.
Sources: the defects of Trustee's KBS, of Fraunhofer's CMC, of Veraison's services and of the key broker demo as we found them
when we measured those, and published findings on others."""

NO_SUCH_PART = "there is no such part here yet"

DEFECTS = {
    # Trustee's KBS, August 2026.
    "trustee 1: a forged TPM gets secrets": ["protocol: tee 'tpm'"],
    "trustee 2: the default policy ignores the verdict": [
        "protocol: the default policy releases nothing to the sample TEE",
        "cca: unknown firmware opens nothing under the default policy"],
    "trustee 3: panics of strangers' making": [
        "protocol: init-data with sha384", "protocol: init-data with sha512",
        "policies: trust_claims := {\"executables\": 3, \"no-such-claim\": 2}"],
    "trustee 4: report data cut to what fits": ["protocol: report data 32 octets of 48", "protocol: report data 49 octets"],
    "trustee 5: a session serves again": [
        "protocol: replay of the same attempt", "protocol: the right evidence after a wrong one",
        "protocol: other evidence for a challenge that was met", "protocol: the cookie is kept from scripts and other sites",
        "floods: flood of challenges: memory is flat"],
    "trustee 6: sampledevice as the primary TEE": ["protocol: tee 'sampledevice'"],
    "trustee 7: concurrent attempts kill a worker": ["protocol: 64 attempts at once, round 0", "protocol: 64 sessions at once"],
    "trustee 8: stores that lose and tear": "no case of the wire: src/store's conformance, concurrency and kill tests hold it",
    "trustee 9: reference values of anybody's making": ["json: reference-value: type: \"x\"", "admin: POST /kbs/v0/reference-value with nothing"],
    "trustee 10: ports without authentication": ["admin: PUT /avouch/v1/reference-values/hostile with nothing",
                                                 "admin: GET /avouch/v1/of-later-versions with nothing"],
    "trustee 11: rules for administrators that match too much": [
        "http: path: management by another spelling", "http: path: encoded slashes"],
    "trustee 12: times, issuers and key transport not checked": [
        "tokens: exp a second ago", "tokens: exp missing", "tokens: nbf in the future", "tokens: iat in the future",
        "protocol: tee key: RSA1_5"],
    "trustee 13: errors that say too little or too much": [
        "protocol: an error is JSON of two or three members 0", "policies: allow := x if { x := 1 / 0 }",
        "protocol: all these look the same from outside"],
    "trustee 14: CCA: wrong words, life cycles not looked at": ["cca: a token over another challenge"],
    "trustee 15: trust values wrap round": ["policies: trust_claims := {\"executables\": 300}",
                                           "policies: trust_claims := {\"executables\": 258}",
                                           "cca: a policy that wraps round affirms nothing"],
    "trustee 16: metrics tell names, and grow": ["http: metrics name nobody and do not grow"],
    "trustee 17: the client's manners": "no matter of the server: tests/e2e/test_cli.py holds them",
    "trustee 18: one runaway policy stops everybody": ["policies: runaway: double loop", "policies: others meanwhile: double loop"],
    "trustee 19: nobody can tell which policy it was": "tests/e2e/test_policies.py and why_test.cc: a record has the policy's SHA-256",
    "trustee 20: keys are read once": "tests/e2e/test_storage.py and stop_test.cc hold SIGHUP",
    "trustee 21: bodies are held before anybody is known": [
        "http: body one over the limit", "slow: 400 bodies of 1.9 MB that do not end", "slow: others are served beside them",
        "slow: those beyond the limit were told so"],
    "trustee 22: Vault without checking its certificate": NO_SUCH_PART,
    "trustee 23: one protocol version, pinned": ["protocol: version '0.4.1'", "protocol: version '0.3.0'"],
    # Fraunhofer's CMC.
    "cmc 1: a report without evidence is a success": [
        "cca: a token that is an empty collection (no evidence at all)", "cca: a token that is a CMW without evidence"],
    "cmc 2: names of strangers as file names": ["http: path: dot dot", "http: path: encoded dot dot"],
    "cmc 3: crafted evidence kills the verifier": ["cca: a token that is array of 2^64", "cca: a token that is 10,000 tags"],
    "cmc 4, 5, 7: TPM event logs and banks": NO_SUCH_PART,
    "cmc 6: enrolment without attestation": NO_SUCH_PART,
    "cmc 8: lengths of a peer's choosing are allocated": ["cca: a token that is octets of 2^63", "http: body of 100 MiB announced",
                                                          "http: chunk size of ffffffff"],
    "cmc 9: an early failure is overwritten": ["cca: a token over another challenge"],
    "cmc 10: what comes twice, the last counts": ["cca: a token that is a collection with one key twice",
                                                  "json: auth: member twice", "tokens: exp twice", "tokens: alg twice"],
    "cmc 11, 12, 15: OMSP, its own API's formats, its test files": NO_SUCH_PART,
    "cmc 13: shared state without locks": ["protocol: 64 sessions, as many results"],
    "cmc 14: any local process administers": ["admin: DELETE /avouch/v1/endorsements/a/b with nothing"],
    # Veraison.
    "veraison 1: an invalid policy is stored": ["policies: a policy that does not parse leaves the old one"],
    "veraison 2: a policy that is not active stops its scheme": "policies have no such state here",
    "veraison 3: schemes that ignore the nonce": ["cca: a token over another challenge", "protocol: another challenge's nonce"],
    "veraison 4: a met session takes more evidence": ["protocol: other evidence for a challenge that was met"],
    "veraison 5: session ids that can be guessed": ["protocol: nonces of 32 octets, all different",
                                                    "protocol: made-up ticket 'AAAAAAAAAAAAAAAA'"],
    "veraison 6: 200 for a failure": ["cca: control: a token as it is", "cca: octets as a text"],
    "veraison 7: evidence in logs": "tests/e2e/test_http.py reads the log",
    "veraison 8: two bodies in one answer": ["http: 200 requests at once"],
    "veraison 9, 11: orders and spellings of its own interface": NO_SUCH_PART,
    "veraison 10: signers of components not compared": "src/tee/cca/references_test.cc holds it",
    "veraison 12: no limit on evidence, sessions keep it": ["cca: octets as 300,000 octets",
                                                            "floods: flood of evidence without a ticket: memory is flat"],
    # The key broker demo.
    "keybroker 1, 3, 4: a policy for one status, a verifier not pinned": "the verifier is in the process, and its key is ours",
    "keybroker 2: bad base64 kills, one failure poisons all": ["json: attest: not UTF-8", "protocol: no base64"],
    "keybroker 5: challenges without end or limit": ["floods: flood of challenges: memory is flat"],
    "keybroker 6: PKCS #1 v1.5": ["protocol: tee key: RSA1_5"],
    # Published findings on others (field notes, part 6).
    "X2, X3: an expected value that is not compared, or empty": ["protocol: report data empty", "protocol: report data, bit 0 flipped"],
    "X4: evidence of another session": ["protocol: a nonce of another server", "protocol: another challenge's nonce"],
    "X8: administration by guests": ["admin: POST /kbs/v0/resource-policy with an attestation result"],
    "X11: a malformed policy or reference does not fail": ["policies: nothing", "json: reference-value: payload: null"],
    "X12: keys out of the token's own header": ["tokens: own jwk", "tokens: own jwk with the genuine x5c",
                                                "tokens: HS256 with the public key as PEM", "tokens: kid '../../../../dev/null'"],
    "X14: path traversal": ["http: path: dot dot", "http: path: encoded NUL", "policies: policy id '../default_cpu'"],
    "X15: panics on crafted input": ["http: random damage 0", "cca: damage 0, flip"],
    "X16: floods, slow ones, crowds": ["slow: slow: a body, dripping", "slow: others are served meanwhile",
                                       "floods: flood of challenges: honest clients are served"],
    "X29: metrics with names": ["http: metrics name nobody and do not grow"],
    "X30: an oracle of 403 and 404": ["protocol: all these look the same from outside"],
    "X1, X22: channels bound to evidence": NO_SUCH_PART,
    "X5, X6, X7, X9, X17, X18, X21, X23: other TEEs, their collateral": NO_SUCH_PART,
    "X10: one root for guests and administrators": "their keys are apart: admin.key and token.key; see admin: an attestation result",
    "X13: tokens in logs": "tests/e2e/test_http.py reads the log",
    "X19, X20, X24, X25, X26, X28: inside the guest": NO_SUCH_PART,
    "X27: releases and support": "no matter of the server",
}


def unheld(names):
    """Defects whose cases were not among those that ran: a table that lies is a defect itself."""
    for defect, cases in DEFECTS.items():
        for case in cases if isinstance(cases, list) else ():
            if case not in names:
                yield f"{defect}: no case \"{case}\""
