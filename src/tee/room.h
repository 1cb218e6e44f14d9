// Room: what the rest of Avouch knows of a TEE. Pure: a room touches no network, no clock, no file and no global, and
// the same question has the same answer, on any thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "tee/binding.h"
#include "tee/claims.h"
#include "tee/collateral.h"
#include "tee/remedy.h"
#include "tee/testimony.h"

namespace avouch::tee {

class Room {
 public:
  virtual ~Room() = default;
  virtual std::string_view name() const = 0;  // as on the wire: "cca"

  // What to look up first.   fails   kEvidence: whatever parsing finds
  virtual Result<Needs> needs(Bytes evidence) const = 0;

  // What to ask a verifier elsewhere before verify(), of a room that relies on one: without its testimony verify()
  // refuses. Nothing of any other room. What can be refused without asking is.
  //   fails   kEvidence: as verify() does
  virtual Result<std::optional<Question>> question(Bytes evidence, const Binding& binding) const;

  // The whole judgement of authenticity and freshness: signatures, chain, binding. Evidence that is genuine but not as
  // endorsed succeeds, with findings and comparisons that say so.
  //   fails   kEvidence: codes of the room
  virtual Result<Claims> verify(Bytes evidence, const Binding& binding, const Collateral& collateral,
                                Instant now) const = 0;

  // The parts of what verify() gave, for a dialect that reports each; none where this TEE's evidence is reported whole.
  virtual std::vector<Part> parts(const Claims& claims) const;

  // For the operator's record of a refusal by verify(): the comparison that it is about, if it is about one. Nothing of
  // it is authentic, and nothing may be decided by it.
  virtual std::vector<ReferenceComparison> compared(Bytes evidence, const Binding& binding,
                                                    const Collateral& collateral, const Error& refusal) const;

  // An operator's endorsements in one of this TEE's file formats, split into records to keep. Nothing is believed of a
  // file but that the operator means it.
  //   fails   kRequest: endorsement.none (this TEE needs none), codes of the room
  virtual Result<EndorsedRecords> read_endorsements(const Json& document) const;

  // What this room's codes mean to an operator, in texts that outlive the room. Each code begins with the room's name
  // and a dot; one without a row is explained by its detail and docs/errors.md.
  virtual std::span<const Remedy> remedies() const;
};

}  // namespace avouch::tee
