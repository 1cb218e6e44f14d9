#include "cmd/avouch/tsm_tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/limits.h"
#include "cmd/avouch/tsm_option.h"

namespace avouch::cmd {
namespace {

using Node = TsmTree::Node;
template <class T>
using Reply = TsmTree::Reply<T>;

// An entry takes a block of 16 nodes: the folder, then its attributes.
constexpr Node kNodesPerEntry = 16;

enum Attribute : Node {
  kGeneration = 1,
  kProvider,
  kPrivlevelFloor,
  kPrivlevel,
  kServiceProvider,
  kServiceGuid,
  kServiceManifestVersion,
  kInblob,
  kOutblob,
  kAuxblob,
  kManifestblob,
};

struct AttributeInfo {
  const char* name;
  mode_t mode;
  off_t size_bytes;
};

constexpr off_t kText = 4096;  // configfs gives a text attribute the size of a page, a binary one none
constexpr off_t kBlob = 0;
constexpr mode_t kReadOnly = S_IFREG | 0444;
constexpr mode_t kWriteOnly = S_IFREG | 0200;
constexpr mode_t kFolder = S_IFDIR | 0755;

// The CCA driver hides none of the attributes, those of SEV's services included. In the order of Attribute.
constexpr std::array<AttributeInfo, 11> kAttributes = {{
    {"generation", kReadOnly, kText},
    {"provider", kReadOnly, kText},
    {"privlevel_floor", kReadOnly, kText},
    {"privlevel", kWriteOnly, kText},
    {"service_provider", kWriteOnly, kText},
    {"service_guid", kWriteOnly, kText},
    {"service_manifest_version", kWriteOnly, kText},
    {"inblob", kWriteOnly, kBlob},
    {"outblob", kReadOnly, kBlob},
    {"auxblob", kReadOnly, kBlob},
    {"manifestblob", kReadOnly, kBlob},
}};

Node folder_of(Node node) {
  return node - node % kNodesPerEntry;
}
Node attribute_of(Node node) {
  return node % kNodesPerEntry;
}  // 0: the folder itself
const AttributeInfo& info_of(Node node) {
  return kAttributes.at(attribute_of(node) - 1);
}

tl::unexpected<int> fail(int error) {
  return tl::unexpected<int>(error);
}

Buffer line(std::string text) {
  text += '\n';
  return to_buffer(as_bytes(text));
}

}  // namespace

const TsmTree::Entry* TsmTree::find_entry(Node node) const {
  const auto entry = entries_.find(folder_of(node));
  return entry != entries_.end() && attribute_of(node) <= kAttributes.size() ? &entry->second : nullptr;
}

Reply<Node> TsmTree::lookup(Node folder, std::string_view name) const {
  if (folder == kRoot) {
    const auto found = names_.find(name);
    return found != names_.end() ? Reply<Node>(found->second) : fail(ENOENT);
  }
  if (find_entry(folder) == nullptr) return fail(ENOENT);
  if (attribute_of(folder) != 0) return fail(ENOTDIR);
  const auto attribute = std::find_if(kAttributes.begin(), kAttributes.end(),
                                      [&](const AttributeInfo& candidate) { return candidate.name == name; });
  if (attribute == kAttributes.end()) return fail(ENOENT);
  return folder + 1 + static_cast<Node>(attribute - kAttributes.begin());
}

Reply<TsmTree::Info> TsmTree::stat(Node node) const {
  if (node == kRoot) return Info{kFolder, 0};
  if (find_entry(node) == nullptr) return fail(ENOENT);
  if (attribute_of(node) == 0) return Info{kFolder, 0};
  return Info{info_of(node).mode, info_of(node).size_bytes};
}

Reply<std::vector<TsmTree::Item>> TsmTree::list(Node folder) const {
  std::vector<Item> items;
  if (folder == kRoot) {
    for (const auto& [name, node] : names_) items.push_back({name, node, kFolder});
    return items;
  }
  if (find_entry(folder) == nullptr) return fail(ENOENT);
  if (attribute_of(folder) != 0) return fail(ENOTDIR);
  for (const AttributeInfo& attribute : kAttributes) {
    items.push_back({attribute.name, folder + 1 + items.size(), attribute.mode});
  }
  return items;
}

Reply<Node> TsmTree::make_folder(Node folder, std::string_view name) {
  constexpr std::size_t kNameBytes = 255;  // NAME_MAX
  if (folder != kRoot) return fail(EPERM);
  if (name.empty() || name == "." || name == ".." || name.find_first_of(std::string_view("/\0", 2)) != name.npos) {
    return fail(EINVAL);
  }
  if (name.size() > kNameBytes) return fail(ENAMETOOLONG);
  if (names_.find(name) != names_.end()) return fail(EEXIST);
  if (entries_.size() >= limits::kRealmEntries) return fail(ENOSPC);
  const Node node = next_folder_;
  next_folder_ += kNodesPerEntry;
  entries_[node].name = name;
  names_.emplace(name, node);
  return node;
}

Reply<void> TsmTree::remove_folder(Node folder, std::string_view name) {
  if (folder != kRoot) return fail(EPERM);
  const auto found = names_.find(name);
  if (found == names_.end()) return fail(ENOENT);
  entries_.erase(found->second);
  names_.erase(found);
  return {};
}

Reply<TsmTree::Handle> TsmTree::open(Node node, int flags) {
  if (node == kRoot) return fail(EISDIR);
  if (find_entry(node) == nullptr) return fail(ENOENT);
  if (attribute_of(node) == 0) return fail(EISDIR);
  const int access = flags & O_ACCMODE;
  const bool reads = access != O_WRONLY, writes = access != O_RDONLY;
  const mode_t mode = info_of(node).mode;
  if ((reads && (mode & 0444) == 0) || (writes && (mode & 0222) == 0)) return fail(EACCES);
  if (files_.size() >= limits::kRealmOpenFiles) return fail(ENFILE);
  const Handle handle = next_handle_++;
  files_[handle] = File{.node = node, .readable = reads, .writable = writes, .collected = {}, .content = {}};
  return handle;
}

// The open file, if its folder still exists.
Reply<TsmTree::File*> TsmTree::find_open(Handle handle) {
  const auto file = files_.find(handle);
  if (file == files_.end()) return fail(EBADF);
  if (find_entry(file->second.node) == nullptr) return fail(ENOENT);
  return &file->second;
}

Reply<Bytes> TsmTree::read(Handle handle, std::uint64_t offset, std::size_t size_bytes) {
  const Reply<File*> file = find_open(handle);
  if (!file.has_value()) return fail(file.error());
  if (!(*file)->readable) return fail(EBADF);
  if (!(*file)->content.has_value()) {
    Reply<Buffer> now = content((*file)->node);
    if (!now.has_value()) return fail(now.error());
    (*file)->content = *std::move(now);
  }
  const Bytes all = *(*file)->content;
  const std::size_t start = static_cast<std::size_t>(std::min<std::uint64_t>(offset, all.size()));
  return all.subspan(start, std::min(size_bytes, all.size() - start));
}

// What a reader that opens this attribute now gets.
Reply<Buffer> TsmTree::content(Node node) {
  Entry& entry = entries_.at(folder_of(node));
  switch (attribute_of(node)) {
    case kGeneration:
      return line(std::to_string(entry.generation));
    case kProvider:
      return line(provider_);
    case kPrivlevelFloor:
      return line("0");
    default:
      break;
  }
  const Reply<void> minted = mint(entry);
  if (!minted.has_value()) return fail(minted.error());
  return attribute_of(node) == kOutblob ? *entry.outblob : Buffer{};  // CCA fills neither auxblob nor manifestblob
}

// Makes the report of an entry, unless its options are those of the report at hand.
Reply<void> TsmTree::mint(Entry& entry) {
  if (entry.outblob.has_value()) return {};
  if (entry.inblob.size() < kInblobBytesMin) return fail(EINVAL);
  Buffer challenge = entry.inblob;
  challenge.resize(kInblobBytesMax);  // arm_cca_report_new() pads with zeros
  Result<Buffer> report = mint_(challenge);
  if (!report.has_value()) return fail(ENXIO);
  entry.outblob = *std::move(report);
  return {};
}

void TsmTree::count_write(Entry& entry) {
  ++entry.generation;
  entry.outblob.reset();
}

Reply<std::size_t> TsmTree::write(Handle handle, std::uint64_t offset, Bytes content) {
  const Reply<File*> found = find_open(handle);
  if (!found.has_value()) return fail(found.error());
  File& file = **found;
  if (!file.writable) return fail(EBADF);
  if (attribute_of(file.node) != kInblob) {
    constexpr std::size_t kOptionBytes = 4095;  // SIMPLE_ATTR_SIZE - 1: the rest is left for another write
    const Bytes taken = content.first(std::min(content.size(), kOptionBytes));
    if (const int error = check_tsm_option(info_of(file.node).name, taken); error != 0) return fail(error);
    count_write(entries_.at(folder_of(file.node)));
    return taken.size();
  }
  file.collecting = true;  // Before the check: a write that is too long leaves what was collected, as in the kernel.
  if (offset > kInblobBytesMax || content.size() > kInblobBytesMax - offset) return fail(EFBIG);
  const std::size_t end = static_cast<std::size_t>(offset) + content.size();
  file.collected.resize(std::max(end, file.collected.size()));
  std::copy(content.begin(), content.end(), file.collected.begin() + static_cast<std::ptrdiff_t>(offset));
  return content.size();
}

Reply<void> TsmTree::truncate(Node node) const {
  const Reply<Info> info = stat(node);
  if (!info.has_value()) return fail(info.error());
  if (S_ISDIR(info->mode)) return fail(EISDIR);
  return {};
}

// The kernel applies inblob in release, when the last descriptor goes. Over FUSE that comes after close(2) returned,
// and the caller's next read would overtake it; flush does not.
Reply<void> TsmTree::flush(Handle handle) {
  const Reply<File*> file = find_open(handle);
  if (!file.has_value()) return file.error() == ENOENT ? Reply<void>{} : fail(file.error());
  if (!(*file)->collecting) return {};
  (*file)->collecting = false;
  Entry& entry = entries_.at(folder_of((*file)->node));
  entry.inblob = (*file)->collected;
  count_write(entry);
  return {};
}

Reply<void> TsmTree::release(Handle handle) {
  const Reply<void> flushed = flush(handle);
  files_.erase(handle);
  return flushed;
}

}  // namespace avouch::cmd
