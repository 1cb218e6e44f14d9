// Every limit on what others may send us, or make us hold, wait for or compute. One name each, with its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace avouch::limits {

// Documents.
inline constexpr std::size_t kEvidenceBytes = 256 * 1024;  // A CCA token is 2-4 KiB; a TDX quote with logs 100 KiB.
inline constexpr std::size_t kJsonDepth = 32;              // The deepest message of any dialect has 9 levels.
inline constexpr std::size_t kEmbeddedJsonDepth = 16;      // Of what a record, a token or a listing carries inside.
inline constexpr std::size_t kCborDepth = 16;              // A CCA token has 6.
inline constexpr std::size_t kCborMapPairs = 256;          // A platform token has 9 claims.
inline constexpr std::size_t kTokenBytes = 128 * 1024;     // An EAR with every claim of a composite attester.
inline constexpr std::size_t kPolicyBytes = 512 * 1024;    // The peer's longest policy has 16 KiB.
inline constexpr std::size_t kXmlBytes = 1024 * 1024;      // A manifest of a GPU's driver has 60 KiB.
inline constexpr std::size_t kXmlNodes = 20'000;           // Elements, attributes and declarations of one document.
inline constexpr std::size_t kXmlAttributes = 512;         // Of one element: a measurement has as many as alternatives.
inline constexpr std::size_t kXmlDepth = 16;               // A signed manifest has 6.
inline constexpr std::size_t kXmlDeclarations = 64;        // Of namespaces, in scope at one place; manifests have 5.
inline constexpr std::size_t kXmlNameBytes = 256;          // Of a name, or of a namespace's URI.
inline constexpr std::size_t kXmlCanonicalBytes = 4 * kXmlBytes;  // Exclusive canonical form repeats declarations.
inline constexpr std::size_t kConfigBytes = 1024 * 1024;
inline constexpr std::size_t kTeeKeyBytes = 4 * 1024;        // An RSA-8192 JWK has 1.4 KiB.
inline constexpr std::size_t kRsaModulusBits = 8192;         // Above this a verification costs milliseconds.
inline constexpr std::size_t kRsaModulusBitsMin = 2048;      // NIST SP 800-131A rev 2.
inline constexpr std::size_t kCertificateBytes = 64 * 1024;  // A certificate with a key of RSA-8192 has 3 KiB.
inline constexpr std::size_t kCertificates = 512;            // In one PEM file: a system's CA bundle has 150.
inline constexpr std::size_t kIntermediateCertificates = 8;  // In one path; the vendors' have one or two.

inline constexpr std::size_t kCorimBytes = 1024 * 1024;  // A manifest of a whole platform has a few KiB.
inline constexpr std::size_t kCorimItems = 16'384;       // Triples, measurements, digests and keys in one.
inline constexpr std::size_t kCorimTags = 1'024;
inline constexpr std::size_t kLifeEntries = 1'000;  // Values of one name that something is said of.

inline constexpr std::size_t kLogLineBytes = 4 * 1024;  // PIPE_BUF of Linux: a pipe takes so much whole, or nothing.

// HTTP.
inline constexpr std::size_t kHttpBodyBytes = 2 * 1024 * 1024;  // The peer's default payload_request_size.
inline constexpr std::size_t kLightBodyBytes = 128 * 1024;      // Read on an event loop: a request for a challenge.
inline constexpr std::size_t kHttpHeaderBytes = 64 * 1024;      // A 12 KiB EAR as bearer, with room.
inline constexpr std::size_t kHttpTargetBytes = 16 * 1024;
inline constexpr std::size_t kHttpHeaderFields = 100;
inline constexpr std::size_t kQueryParameters = 64;           // Of a resource, for its policy.
inline constexpr std::size_t kHttpChunkLineBytes = 256;       // The size of a chunk and its extensions.
inline constexpr std::chrono::seconds kHttpReadDeadline{15};  // A whole request, first byte to last.
inline constexpr std::chrono::seconds kHttpWriteDeadline{15};
inline constexpr std::chrono::seconds kHttpIdleDeadline{75};   // A kept-alive connection with nothing to say.
inline constexpr std::chrono::seconds kHttpDrainDeadline{10};  // A graceful stop waits so long for answers.
inline constexpr std::chrono::seconds kHttpLingerDeadline{2};  // After a refusal, so that it arrives.
inline constexpr std::size_t kHttpConnections = 10'000;
inline constexpr std::chrono::seconds kHttpCrowdedIdle{2};        // Idle longer: goes when all places are taken.
inline constexpr std::size_t kHttpHeldBytes = 256 * 1024 * 1024;  // Of all requests that are under way.
inline constexpr std::size_t kHttpWorkQueue = 1'024;              // Requests waiting for a worker; beyond it, 503.

// HTTP/2, of one connection.
inline constexpr std::uint32_t kHttp2Streams = 100;             // Requests under way; RFC 9113 section 6.5.2: no fewer.
inline constexpr std::uint32_t kHttp2WindowBytes = 128 * 1024;  // Of a body, that may come without being asked for.
inline constexpr std::size_t kHttp2HeldBytes = 8 * 1024 * 1024;  // Of bodies; more comes only to finish the oldest.
inline constexpr std::size_t kHttp2Jobs = 16;                    // Requests in the workers' queue.
inline constexpr std::size_t kHttp2HeadBytes =
    128 * 1024;  // Compressed, twice what may come of it: the refusal is a 431.
inline constexpr std::size_t kHttp2HeadFrames =
    17;                                      // HEADERS and CONTINUATION: as many as that takes, and as many again.
inline constexpr double kHttp2Resets = 200;  // At once, of streams by either side, and
inline constexpr double kHttp2ResetsPerSecond = 50;   // as long as the connection lives.
inline constexpr double kHttp2ControlFrames = 1'000;  // At once: frames that bring no request nearer.
inline constexpr double kHttp2ControlFramesPerSecond = 100;
inline constexpr double kHttp2ControlFramesPerRequest = 8;  // A client of gRPC pings and opens windows for each.
inline constexpr double kHttp2ControlFramesPerData = 4;     // For each frame of an answer.
inline constexpr std::size_t kHttp2Pings = 64;              // Waiting for their answer to be read.

// HTTP, as a client.
inline constexpr std::size_t kHttpReplyBytes = 8 * 1024 * 1024;
inline constexpr std::size_t kHttpInterimReplies = 8;            // "100 Continue" and the like before the answer.
inline constexpr std::chrono::seconds kHttpConnectDeadline{15};  // With TLS, by a realm in a simulator.
inline constexpr std::chrono::seconds kHttpReplyDeadline{30};    // First byte of the request to last of the answer.

// gRPC.
inline constexpr std::size_t kGrpcMessageBytes = 4 * 1024 * 1024;  // What the peers' library takes by default.
inline constexpr std::size_t kGrpcPool = 4;                        // Connections of a client, which its calls share:
inline constexpr std::size_t kGrpcCallsPerConnection = 8;          // so many before another is opened.

// Trustee's attestation service and provider of reference values, as server and as client.
inline constexpr std::size_t kVerificationRequests = 16;        // In one evaluation: a CPU and its devices have a few.
inline constexpr std::chrono::seconds kEvaluationDeadline{30};  // Of a broker that waits for a verifier elsewhere.
inline constexpr std::chrono::seconds kReferenceDeadline{2};    // Of a verifier that waits for reference values.
inline constexpr std::size_t kReferenceNames = 1'000;           // Asked for at once.

// A verifier elsewhere that vouches for platforms: Veraison.
inline constexpr std::size_t kVeraisonReplyBytes = 1024 * 1024;     // Its answer repeats the evidence and its claims.
inline constexpr std::chrono::seconds kVeraisonDeadline{10};        // Of all steps of one verification together.
inline constexpr std::chrono::seconds kVeraisonStepDeadline{5};     // To connect, or to be answered.
inline constexpr std::chrono::seconds kVeraisonFarewell{1};         // To forget the session when all is said.
inline constexpr std::chrono::milliseconds kVeraisonPoll{250};      // While it is still at work.
inline constexpr std::chrono::seconds kVeraisonDiscoveryAge{60};    // What it publishes counts so long.
inline constexpr std::size_t kVeraisonConnections = 16;             // Kept while idle.
inline constexpr std::size_t kVeraisonMediaTypes = 256;             // In one list; it has a dozen.
inline constexpr std::chrono::milliseconds kRemoteRestMin{500};     // After a failure it is left in peace so long,
inline constexpr std::chrono::milliseconds kRemoteRestMax{15'000};  // after more of them at most so long.
inline constexpr std::size_t kWaitingWorkers = 32;                  // Of a server that waits for others.

// Keys of others, fetched by URL.
inline constexpr std::size_t kKeysBytes = 256 * 1024;
inline constexpr std::size_t kKeysPerSet = 64;
inline constexpr std::chrono::seconds kKeysDeadline{3};  // To connect, and then for the whole answer.
inline constexpr std::chrono::seconds kKeysAtStart{5};   // A start waits no longer for them.
inline constexpr std::chrono::minutes kKeysRefresh{10};
inline constexpr std::chrono::minutes kKeysRetry{1};        // After a failure.
inline constexpr std::chrono::seconds kKeysAskedAgain{30};  // For a key that is not known; strangers can name one.
inline constexpr std::chrono::hours kKeysAgeMax{24};        // That long keys count while none can be fetched.

// Sessions.
inline constexpr std::chrono::minutes kSessionLifetime{5};      // The peer's default `timeout`.
inline constexpr std::size_t kRedeemedSessions = 8'000'000;     // Nonces remembered as used, 16 bytes each.
inline constexpr std::size_t kAttestedBytes = 4 * 1024 * 1024;  // EARs kept for clients that fetch by cookie alone.

// Of Veraison's verification service.
inline constexpr std::chrono::seconds kChallengeLifetime{150};                // The peer's.
inline constexpr std::size_t kEvidenceMessageBytes = kEvidenceBytes * 3 / 2;  // In Base64, in a wrapper.
inline constexpr std::size_t kSubmittedBytes = 16 * 1024 * 1024;              // Evidence and results kept.
inline constexpr std::size_t kMediaTypeBytes = 512;                           // The peer's longest has 75.

inline constexpr std::size_t kRememberedSignatures = 4'096;    // Of platform tokens; 100 bytes each.
inline constexpr std::size_t kRememberedEndorsements = 4'096;  // Keys of platforms; a few KiB each.
inline constexpr std::size_t kRememberedEars = 256;            // Verified and parsed; 20 KiB each.

// Policies.
inline constexpr std::chrono::milliseconds kPolicyTime{500};
inline constexpr std::size_t kPolicyInstructions = 5'000'000;
inline constexpr std::size_t kReferenceLookups = 10'000;              // In one evaluation.
inline constexpr std::size_t kPolicyMemoryBytes = 16 * 1024 * 1024;   // Requested by one evaluation in all.
inline constexpr std::size_t kPolicyEngineBytes = 256 * 1024 * 1024;  // Held by all policies and evaluations.
inline constexpr std::size_t kPoliciesKept = 256;                     // Texts no longer in force, to explain by.

// Secrets and decisions.
inline constexpr std::size_t kResourceBytes = 2 * 1024 * 1024;
inline constexpr std::size_t kDecisions = 10'000;          // Kept; the oldest go first.
inline constexpr std::size_t kStrangersDecisions = 1'000;  // Beside them: refusals that anybody can cause.

// The software realm.
inline constexpr std::size_t kRealmEntries = 1'024;  // Report folders at one time.
inline constexpr std::size_t kRealmOpenFiles = 4'096;
inline constexpr std::size_t kRealmExtendBytes = 128 * 1024;                  // One datagram of a socket pair.
inline constexpr std::uint64_t kRealmImageBytes = 4ULL * 1024 * 1024 * 1024;  // Measured at 1 GiB/s.
inline constexpr std::chrono::milliseconds kRealmControlWait{100};  // A caller that connects and says nothing.
inline constexpr std::chrono::seconds kRealmControlAnswer{5};

}  // namespace avouch::limits
