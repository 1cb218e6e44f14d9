# How evidence of a CPU becomes trust claims (AR4SI, draft-ietf-rats-ar4si-10) when no other policy is set.
#
#   input                        the claims of the evidence, under the name of its TEE: input.cca, input.sample
#   query_reference_value(name)  a reference value: a list of values or a single one; null if nobody gave it
#
# Every claim starts at "not known". A rule below raises it, and each TEE has rules of its own, which start by asking for
# that TEE: so no reference value of another TEE is looked up, and reported as missing.
package policy

import rego.v1

trust_claims := {
	"instance-identity": instance_identity,
	"configuration": configuration,
	"executables": executables,
	"file-system": file_system,
	"hardware": hardware,
	"runtime-opaque": runtime_opaque,
	"storage-opaque": storage_opaque,
	"sourced-data": sourced_data,
}

# 0: no assertion.
default instance_identity := 0

# 36, warning: elements of the configuration that bear on security are not known to us.
default configuration := 36

# 33, warning: there are executables in memory that we do not recognize.
default executables := 33

default file_system := 0

# 97, contraindicated: hardware or firmware that we do not recognize, but should.
default hardware := 97

default runtime_opaque := 0

default storage_opaque := 0

default sourced_data := 0

# A value is approved if it is the reference value or one of its list. Null is the absence of one, and approves nothing.
approved(measured, reference) if measured in reference

approved(measured, reference) if {
	reference != null
	measured == reference
}

##### Arm CCA. The chain from the platform's endorsed key to the realm is verified before any policy runs.

# The platform is a known instance: its key is endorsed.
instance_identity := 2 if input.cca.platform["cca-platform-instance-id"]

# Genuine, supported hardware and firmware: not in debug mode, and every software component as endorsed.
hardware := 2 if cca_platform_is_as_endorsed

# The endorsed record includes the configuration of the platform.
configuration := 2 if cca_platform_is_as_endorsed

cca_platform_is_as_endorsed if {
	input.cca.platform["cca-platform-lifecycle-state"] == "secured"
	input.cca.platform["cca-platform-endorsed"] == "matched"
}

# Only approved executables were loaded at boot: the realm's initial measurement is approved, and what it measured
# later is approved too, or nothing.
executables := 3 if {
	input.cca
	approved(
		input.cca.realm["cca-realm-initial-measurement"],
		query_reference_value("cca.realm.cca-realm-initial-measurement"),
	)
	count(input.cca.realm["cca-realm-extensible-measurements"]) == 4
	every measurement in input.cca.realm["cca-realm-extensible-measurements"] {
		cca_is_zero_or_approved(
			measurement,
			query_reference_value("cca.realm.cca-realm-extensible-measurements"),
		)
	}
}

cca_is_zero_or_approved(measurement, _) if measurement in cca_zero_measurements

cca_is_zero_or_approved(measurement, reference) if approved(measurement, reference)

# 32 and 64 zero octets in base64: what a realm has not extended, with SHA-256 and SHA-512.
cca_zero_measurements := {
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
}

# The realm's memory is encrypted, and closed to the host.
runtime_opaque := 2 if input.cca.realm["cca-realm-initial-measurement"]

##### Sample: a TEE without protection, for tests.

executables := 3 if {
	input.sample
	approved(input.sample.launch_digest, query_reference_value("launch_digest"))
}

hardware := 2 if {
	input.sample
	approved(input.sample.svn, query_reference_value("svn"))
	approved(input.sample.platform_version.major, query_reference_value("major_version"))
	at_least(input.sample.platform_version.minor, query_reference_value("minimum_minor_version"))
}

configuration := 2 if input.sample.debug == false

# Both must be numbers: in Rego any number is greater than null.
at_least(measured, minimum) if {
	is_number(measured)
	is_number(minimum)
	measured >= minimum
}

at_least(measured, minimums) if {
	is_number(measured)
	some minimum in minimums
	is_number(minimum)
	measured >= minimum
}

##### Extensions of the result: what the init data says of the workload, as Trustee names it.

extensions := [{
	"name": "ear.trustee.identifiers",
	"key": -18,
	"value": {"validated": object.union(container_images, container_uids)},
}]

containers := object.get(input, ["init_data_claims", "agent_policy_claims", "containers"], [])

container_images := {"container_images": images} if {
	images := [image | image := containers[_].OCI.Annotations["io.kubernetes.cri.image-name"]]
	count(images) > 0
} else := {}

container_uids := {"container_uids": uids} if {
	uids := [uid | uid := containers[_].OCI.Process.User.UID]
	count(uids) > 0
} else := {}
