# Any secret for any attested client, whatever its evidence says. For tests only.
package policy

import rego.v1

default allow := false

allow if data.plugin == "resource"
