// Random sequences of calls, each checked against a model that is only about inblob, outblob and generation.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>

#include "cmd/avouch/tsm_tree.h"

namespace avouch::cmd {
namespace {

constexpr std::size_t kNames = 4;
constexpr std::size_t kFiles = 8;

void require(bool invariant) {
  if (!invariant) std::abort();
}

Buffer report_over(Bytes challenge) {
  Buffer report = {'r'};
  report.insert(report.end(), challenge.begin(), challenge.end());
  return report;
}

struct Entry {
  TsmTree::Node node;
  std::uint32_t writes = 0;
  Buffer inblob;
};

struct File {
  TsmTree::Handle handle;
  std::size_t name;
  TsmTree::Node folder;  // the entry of that name may be another by now
  bool written = false;
  Buffer collected;
};

class Run {
 public:
  explicit Run(Bytes script) : script_(script) {}

  void play() {
    while (!script_.empty()) step();
    for (std::size_t name = 0; name < kNames; ++name) check(name);
    require(tree_.list(TsmTree::kRoot)->size() == count());
  }

 private:
  std::size_t next(std::size_t below) {
    if (script_.empty()) return 0;
    const std::size_t value = script_.front() % below;
    script_ = script_.subspan(1);
    return value;
  }
  static std::string name_of(std::size_t name) { return std::string(1, static_cast<char>('a' + name)); }
  std::size_t count() const {
    std::size_t entries = 0;
    for (const std::optional<Entry>& entry : entries_) entries += entry.has_value() ? 1 : 0;
    return entries;
  }
  // The entry that the file was opened in, if it still exists.
  Entry* entry_of(const File& file) {
    std::optional<Entry>& entry = entries_[file.name];
    return entry.has_value() && entry->node == file.folder ? &*entry : nullptr;
  }

  void step() {
    const std::size_t name = next(kNames), file = next(kFiles);
    switch (next(8)) {
      case 0:
        return make(name);
      case 1:
        return remove(name);
      case 2:
        return open_inblob(name, file);
      case 3:
        return write_inblob(file);
      case 4:
        return close(file, false);
      case 5:
        return close(file, true);
      case 6:
        return set_option(name);
      default:
        return check(name);
    }
  }

  void make(std::size_t name) {
    const auto made = tree_.make_folder(TsmTree::kRoot, name_of(name));
    require(made.has_value() != entries_[name].has_value());
    if (made.has_value()) entries_[name] = Entry{*made, 0, {}};
  }

  void remove(std::size_t name) {
    require(tree_.remove_folder(TsmTree::kRoot, name_of(name)).has_value() == entries_[name].has_value());
    entries_[name].reset();
  }

  void open_inblob(std::size_t name, std::size_t file) {
    if (!entries_[name].has_value() || files_[file].has_value()) return;
    const auto node = tree_.lookup(entries_[name]->node, "inblob");
    const auto handle = tree_.open(node.value(), O_WRONLY);
    require(handle.has_value());
    files_[file] = File{*handle, name, entries_[name]->node, false, {}};
  }

  void write_inblob(std::size_t file) {
    const std::size_t offset = next(80);
    const std::size_t length = next(80);
    const Bytes content = script_.first(std::min(length, script_.size()));
    script_ = script_.subspan(content.size());
    if (!files_[file].has_value()) return;
    File& open = *files_[file];
    const auto taken = tree_.write(open.handle, offset, content);
    if (entry_of(open) == nullptr) return require(taken == tl::unexpected<int>(ENOENT));
    open.written = true;
    if (offset + content.size() > kInblobBytesMax) return require(taken == tl::unexpected<int>(EFBIG));
    require(taken == content.size());
    open.collected.resize(std::max(open.collected.size(), offset + content.size()));
    std::copy(content.begin(), content.end(), open.collected.begin() + static_cast<std::ptrdiff_t>(offset));
  }

  void close(std::size_t file, bool last) {
    if (!files_[file].has_value()) return;
    File& open = *files_[file];
    require((last ? tree_.release(open.handle) : tree_.flush(open.handle)).has_value());
    Entry* entry = entry_of(open);
    if (entry != nullptr && open.written) {
      ++entry->writes;
      entry->inblob = open.collected;
    }
    open.written = false;
    if (last) files_[file].reset();
  }

  void set_option(std::size_t name) {
    const std::size_t length = next(8);
    const Bytes content = script_.first(std::min(length, script_.size()));
    script_ = script_.subspan(content.size());
    if (!entries_[name].has_value()) return;
    const auto handle = tree_.open(tree_.lookup(entries_[name]->node, "privlevel").value(), O_WRONLY);
    if (tree_.write(handle.value(), 0, content).has_value()) ++entries_[name]->writes;
    require(tree_.release(*handle).has_value());
  }

  TsmTree::Reply<Buffer> read_all(TsmTree::Node folder, const char* attribute) {
    const auto handle = tree_.open(tree_.lookup(folder, attribute).value(), O_RDONLY);
    TsmTree::Reply<Buffer> all;
    for (;;) {
      const auto part = tree_.read(handle.value(), all->size(), 50);
      if (!part.has_value()) all = tl::unexpected<int>(part.error());
      if (!part.has_value() || part->empty()) break;
      all->insert(all->end(), part->begin(), part->end());
    }
    require(tree_.release(*handle).has_value());
    return all;
  }

  // generation counts the writes, and outblob is over the inblob of the last one.
  void check(std::size_t name) {
    const auto found = tree_.lookup(TsmTree::kRoot, name_of(name));
    require(found.has_value() == entries_[name].has_value());
    if (!found.has_value()) return;
    const Entry& entry = *entries_[name];
    require(*found == entry.node);
    require(as_text(read_all(entry.node, "generation").value()) == std::to_string(entry.writes) + "\n");
    const TsmTree::Reply<Buffer> report = read_all(entry.node, "outblob");
    if (entry.inblob.size() < kInblobBytesMin) return require(report == tl::unexpected<int>(EINVAL));
    Buffer challenge = entry.inblob;
    challenge.resize(kInblobBytesMax);
    require(report == report_over(challenge));
  }

  Bytes script_;
  TsmTree tree_{[](Bytes challenge) -> Result<Buffer> {
    require(challenge.size() == kInblobBytesMax);
    return report_over(challenge);
  }};
  std::optional<Entry> entries_[kNames];
  std::optional<File> files_[kFiles];
};

}  // namespace
}  // namespace avouch::cmd

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  avouch::cmd::Run({data, size}).play();
  return 0;
}
