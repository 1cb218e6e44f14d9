// A supplier of manifests, for tests: a root that signed a signer's certificate, and a root that did not. They were
// made once, with openssl, and serve nothing else; the signer's certificate counts from November 2026 to November 2036.
#pragma once

namespace avouch::appraise::test {

inline constexpr char kRootPem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBizCCATGgAwIBAgIUHaeEuC2EyUgXb5/Ua6bokQcD8qswCgYIKoZIzj0EAwIw\n"
    "GjEYMBYGA1UEAwwPVGVzdCBDb1JJTSByb290MCAXDTI2MTEyMzA0MDgyM1oYDzIx\n"
    "MjYxMDMwMDQwODIzWjAaMRgwFgYDVQQDDA9UZXN0IENvUklNIHJvb3QwWTATBgcq\n"
    "hkjOPQIBBggqhkjOPQMBBwNCAAR6wrZTUzETAiu2fMiryBGi0KDEmz1W90wroLxp\n"
    "Q4Jz3S8bewshkwOyx9lwoXFJ2+X1t3bsNayfVA+K50U1cBmTo1MwUTAdBgNVHQ4E\n"
    "FgQUJaycjzojVrHchK8UjpqzzQOB/NQwHwYDVR0jBBgwFoAUJaycjzojVrHchK8U\n"
    "jpqzzQOB/NQwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA9XVB\n"
    "GLRUUCRZ0nXjpmu80cb5HICiKrf8N0tu3VCgI98CIDy3n/vZ4tc0jiw0MYT2mqp4\n"
    "jHoyZSTQcoAjPhkuSlII\n"
    "-----END CERTIFICATE-----\n";
inline constexpr char kOtherRootPem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBgDCCASegAwIBAgIUC3RmRiSs+Uur7nCvzQgTvtj6WIAwCgYIKoZIzj0EAwIw\n"
    "FTETMBEGA1UEAwwKT3RoZXIgcm9vdDAgFw0yNjExMjMwNDA4MjNaGA8yMTI2MTAz\n"
    "MDA0MDgyM1owFTETMBEGA1UEAwwKT3RoZXIgcm9vdDBZMBMGByqGSM49AgEGCCqG\n"
    "SM49AwEHA0IABKCoCbQWYrKxiB+qukMG/6xqdQ41l1nSqhGariUpe8S1J/zfKyM0\n"
    "oGzVmPLhD0LVEWGmBOWDn/O8Naaabj7F9PijUzBRMB0GA1UdDgQWBBSQ3/t8Uy59\n"
    "dxMsrmA7AJW2HVH1JDAfBgNVHSMEGDAWgBSQ3/t8Uy59dxMsrmA7AJW2HVH1JDAP\n"
    "BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIHWpFsL7saWN3dbCX9ej\n"
    "wRsHqlzxejhbbvqVE3BDViWRAiBcCBzSKSEbnPnKvlCXscjSEtQHgSi/XZS8D1Uf\n"
    "yYTUUw==\n"
    "-----END CERTIFICATE-----\n";
inline constexpr char kSignerPem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBhDCCASugAwIBAgIBAjAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA9UZXN0IENv\n"
    "UklNIHJvb3QwHhcNMjYxMTIzMDQwODIzWhcNMzYxMTIwMDQwODIzWjAcMRowGAYD\n"
    "VQQDDBFUZXN0IENvUklNIHNpZ25lcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA\n"
    "BLzK40mA6KsjCkJYBgDxtDl/erJsM4pskDrjtVrRDrZV0sbImXOAGlMXqIlpTZYA\n"
    "ZNKDGCR45TZuRld/o5vEE+SjYDBeMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQD\n"
    "AgeAMB0GA1UdDgQWBBQRYiFO8X0yOefmuVhPDKSYN2HdqjAfBgNVHSMEGDAWgBQl\n"
    "rJyPOiNWsdyErxSOmrPNA4H81DAKBggqhkjOPQQDAgNHADBEAiBUgcAIY8MRQH+B\n"
    "jiZG6VwJj6m8WNb1/mwjExiYddP1FQIgA7Za4Zd9Vz2HUnMQ6ELgm4b5k/OQ2CFi\n"
    "eb+r7ssk8gQ=\n"
    "-----END CERTIFICATE-----\n";
inline constexpr char kSignerKeyPem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNZLWRA2yw8U6xA35\n"
    "7myfEW59FvoJN9kVZiS+9lJ9kU6hRANCAAS8yuNJgOirIwpCWAYA8bQ5f3qybDOK\n"
    "bJA647Va0Q62VdLGyJlzgBpTF6iJaU2WAGTSgxgkeOU2bkZXf6ObxBPk\n"
    "-----END PRIVATE KEY-----\n";

}  // namespace avouch::appraise::test
