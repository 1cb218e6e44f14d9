# What a result in Veraison's form says of an Arm CCA realm: its submodule CCA_REALM.
#
#   input.cca                    the claims of the evidence, as default_cpu.rego sees them
#   query_reference_value(name)  a reference value: a list of values or a single one; null if nobody gave it
#
# All eight claims are made, those of which nothing is known with the value 0.
package policy

import rego.v1

trust_claims := {
	"instance-identity": instance_identity,
	"configuration": 0,
	"executables": executables,
	"file-system": 0,
	"hardware": 0,
	"runtime-opaque": 0,
	"storage-opaque": 0,
	"sourced-data": 0,
}

default instance_identity := 0

# 33, warning: there are executables that we do not recognize.
default executables := 33

# The realm's key signed, and its platform vouches for that key.
instance_identity := 2 if input.cca.realm["cca-realm-initial-measurement"]

# 3: what was loaded at boot is approved. 2: so is what was measured since.
executables := 2 if {
	is_approved_at_boot
	is_approved_since
} else := 3 if is_approved_at_boot

is_approved_at_boot if approved(
	input.cca.realm["cca-realm-initial-measurement"],
	query_reference_value("cca.realm.cca-realm-initial-measurement"),
)

is_approved_since if {
	count(input.cca.realm["cca-realm-extensible-measurements"]) == 4
	every measurement in input.cca.realm["cca-realm-extensible-measurements"] {
		is_zero_or_approved(
			measurement,
			query_reference_value("cca.realm.cca-realm-extensible-measurements"),
		)
	}
}

is_zero_or_approved(measurement, _) if measurement in zero_measurements

is_zero_or_approved(measurement, reference) if approved(measurement, reference)

# 32 and 64 zero octets in base64: what a realm has not extended, with SHA-256 and SHA-512.
zero_measurements := {
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
}

# A value is approved if it is the reference value or one of its list. Null is the absence of one, and approves nothing.
approved(measured, reference) if measured in reference

approved(measured, reference) if {
	reference != null
	measured == reference
}
