#include "cmd/compat/arc/help.h"

namespace avouch::arc {

// The texts of Veraison's tool, which scripts and people know.
const char* const kHelp = R"(EAR (EAT Attestation Result) command line utility

Usage:
  arc [command]

Available Commands:
  completion  Generate the autocompletion script for the specified shell
  create      Read the EAR claims-set from a JSON file, sign it and save the resulting JWT to jwt-file
  help        Help about any command
  print       Read an EAR from a file and print its header and payload
  verify      Read a signed EAR from jwt-file, verify it and pretty-print its content

Flags:
      --config string   config file (default is $HOME/.arc.yaml)
  -h, --help            help for arc
  -v, --version         version for arc

Use "arc [command] --help" for more information about a command.
)";

const char* const kCreateHelp =
    R"(Read the EAR claims-set from a JSON file, sign it and save the resulting JWT to jwt-file

Create an EAR from the default claims-set file "ear-claims.json".  Sign it with
the key in the default key file "skey.json", and save the result to "my-ear.jwt".

	arc create my-ear.jwt

Usage:
  arc create [flags] <jwt-file>

Flags:
  -a, --alg string      signing algorithm (ES256, ES256K, ES384, ES512, EdDSA, HS256, HS384, HS512, PS256, PS384, PS512, RS256, RS384, RS512, none) (default "ES256")
  -c, --claims string   EAR claims-set in JSON (default "ear-claims.json")
  -h, --help            help for create
  -s, --skey string     signing key in JWK format (default "skey.json")

Global Flags:
      --config string   config file (default is $HOME/.arc.yaml)
)";

const char* const kPrintHelp = R"(Read an EAR from a file and print its header and payload

Neither EAR validation nor verification is executed.

	arc print my-ear.jwt

Usage:
  arc print [flags] <jwt-file>

Flags:
  -h, --help   help for print

Global Flags:
      --config string   config file (default is $HOME/.arc.yaml)
)";

const char* const kVerifyHelp = R"(Read a signed EAR from jwt-file, verify it and pretty-print its content

Verify the signed EAR in "my-ear.jwt" using the public key from a key file.
If the default key file name "pkey.json" is used and file is missing then
use the public key from JWT header.
If cryptographic verification is successful, print the
embedded EAR claims-set and present a report of the trustworthiness vector.

	arc verify my-ear.jwt

Usage:
  arc verify [flags] <jwt-file>

Flags:
  -a, --alg string    verification algorithm (ES256, ES256K, ES384, ES512, EdDSA, HS256, HS384, HS512, PS256, PS384, PS512, RS256, RS384, RS512, none) (default "ES256")
  -c, --color         render trustworthiness vector tiers with colors (default is b&w)
  -h, --help          help for verify
  -p, --pkey string   verification key in JWK format (default "pkey.json")
  -v, --verbose       verbose trustworthiness vector report (default is brief)

Global Flags:
      --config string   config file (default is $HOME/.arc.yaml)
)";

const char* const kCompletionHelp = R"(Generate the autocompletion script for arc for the specified shell.

Usage:
  arc completion [command]

Available Commands:
  bash        source <(arc completion bash)
  fish        arc completion fish | source
  zsh         source <(arc completion zsh)

Flags:
  -h, --help   help for completion

Global Flags:
      --config string   config file (default is $HOME/.arc.yaml)
)";

}  // namespace avouch::arc
