# What a result in Veraison's form says of an Arm CCA platform: its submodule CCA_SSD_PLATFORM.
#
#   input.cca   the claims of the evidence, as default_cpu.rego sees them; the signatures are verified by then
#
# All eight claims are made, those of which nothing is known with the value 0. What the verifier itself found wrong caps
# them further, whatever is said here.
package policy

import rego.v1

trust_claims := {
	"instance-identity": instance_identity,
	"configuration": configuration,
	"executables": executables,
	"file-system": 0,
	"hardware": hardware,
	"runtime-opaque": runtime_opaque,
	"storage-opaque": storage_opaque,
	"sourced-data": 0,
}

# 96, contraindicated: the instance is recognized, and not trustworthy.
default instance_identity := 96

# 32, warning: the configuration is not one that was endorsed.
default configuration := 32

# 33, warning: there are executables that we do not recognize.
default executables := 33

default hardware := 0

# 96, contraindicated: memory can be seen from outside.
default runtime_opaque := 96

# 96, contraindicated: secrets may be stored unencrypted.
default storage_opaque := 96

# An endorsed key signed for this very instance: the hardware is genuine.
hardware := 2 if input.cca.platform["cca-platform-instance-id"]

instance_identity := 2 if is_secured

runtime_opaque := 2 if is_secured

storage_opaque := 2 if is_secured

is_secured if input.cca.platform["cca-platform-lifecycle-state"] == "secured"

# A record of firmware is endorsed whole: all components, in their order, and the configuration.
configuration := 2 if is_as_endorsed

executables := 2 if is_as_endorsed

is_as_endorsed if input.cca.platform["cca-platform-endorsed"] == "matched"
