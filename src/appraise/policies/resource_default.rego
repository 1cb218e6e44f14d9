# Which attested client may have which secret, when no other policy is set: any secret, if every part of the client's
# machine is affirmed. A warning is not enough.
#
#   input  the claims of the attestation result (EAR)
#   data   the request: plugin ("resource"), resource-path (["repository", "type", "tag"]), query
package policy

import rego.v1

default allow := false

allow if {
	data.plugin == "resource"
	count(input.submods) > 0
	every submod in input.submods {
		submod["ear.status"] == "affirming"
	}
}
