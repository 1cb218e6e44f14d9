// Conceptual message wrappers (CMW): evidence that carries its own media type, in JSON or CBOR.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch::dialect::veraison {

struct Wrapped {
  std::string media_type;  // as it stands in the wrapper
  Buffer evidence;         // never empty
};

// Takes out what is wrapped, in one of the forms
//   ["<media type>", "<base64url>"]  and  [<indicator> as a third]      JSON record
//   ["<media type>", h'...']  and  [<indicator> as a third]             CBOR record
//   <tag of a content format>(h'...')                                   CBOR tag, RFC 9277 section 4.3
//   907({...})                                                          CBOR collection: a CCA token is one, and stays
// A content format stands for a media type by its number; an indicator, if there is one, has to say "evidence".
//   fails   kRequest: json.*, base64.syntax, cmw.empty, cmw.record (not of that shape), cmw.type, cmw.indicator,
//           cmw.collection (a JSON one: of evidence that is not verified here);  kEvidence: cbor.*
//   source  draft-ietf-rats-msg-wrap-23, sections 3.1 to 3.3 and 5
Result<Wrapped> unwrap(std::string_view message);

}  // namespace avouch::dialect::veraison
