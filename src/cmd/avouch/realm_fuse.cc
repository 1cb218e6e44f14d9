#include "cmd/avouch/realm_fuse.h"

#define FUSE_USE_VERSION 34
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace avouch::cmd {

struct RealmFuseSession {
  TsmTree* tree = nullptr;
  fuse_session* fuse = nullptr;
  fuse_buf request{};  // its memory is libfuse's malloc, reused for every request
  std::string mount_point;
  timespec mounted{};  // the time stamp of everything
};

namespace {

// The kernel may remember nothing: a name that is absent now exists after the next mkdir.
constexpr double kNoCaching = 0.0;

RealmFuseSession& session_of(fuse_req_t request) {
  return *static_cast<RealmFuseSession*>(fuse_req_userdata(request));
}
TsmTree& tree_of(fuse_req_t request) {
  return *session_of(request).tree;
}

void reply_status(fuse_req_t request, const TsmTree::Reply<void>& outcome) {
  fuse_reply_err(request, outcome.has_value() ? 0 : outcome.error());
}

struct stat attributes(fuse_req_t request, TsmTree::Node node, const TsmTree::Info& info) {
  struct stat out {};
  out.st_ino = node;
  out.st_mode = info.mode;
  out.st_nlink = S_ISDIR(info.mode) ? 2 : 1;
  out.st_uid = ::geteuid();  // root, or in a user namespace the one user there is
  out.st_gid = ::getegid();
  out.st_size = info.size_bytes;
  out.st_atim = out.st_mtim = out.st_ctim = session_of(request).mounted;
  return out;
}

void reply_node(fuse_req_t request, const TsmTree::Reply<TsmTree::Node>& node) {
  if (!node.has_value()) {
    fuse_reply_err(request, node.error());
    return;
  }
  const TsmTree::Reply<TsmTree::Info> info = tree_of(request).stat(*node);
  if (!info.has_value()) {
    fuse_reply_err(request, info.error());
    return;
  }
  fuse_entry_param entry{};
  entry.ino = *node;
  entry.attr = attributes(request, *node, *info);
  entry.attr_timeout = entry.entry_timeout = kNoCaching;
  fuse_reply_entry(request, &entry);
}

void on_lookup(fuse_req_t request, fuse_ino_t folder, const char* name) {
  reply_node(request, tree_of(request).lookup(folder, name));
}

void on_getattr(fuse_req_t request, fuse_ino_t node, fuse_file_info*) {
  const TsmTree::Reply<TsmTree::Info> info = tree_of(request).stat(node);
  if (!info.has_value()) {
    fuse_reply_err(request, info.error());
    return;
  }
  const struct stat out = attributes(request, node, *info);
  fuse_reply_attr(request, &out, kNoCaching);
}

// O_TRUNC and touch(1) pass without effect; owner and mode stay.
void on_setattr(fuse_req_t request, fuse_ino_t node, struct stat*, int to_set, fuse_file_info* file) {
  if ((to_set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) != 0) {
    fuse_reply_err(request, EPERM);
    return;
  }
  if ((to_set & FUSE_SET_ATTR_SIZE) != 0) {
    const TsmTree::Reply<void> truncated = tree_of(request).truncate(node);
    if (!truncated.has_value()) return reply_status(request, truncated);
  }
  on_getattr(request, node, file);
}

void on_mkdir(fuse_req_t request, fuse_ino_t folder, const char* name, mode_t) {
  reply_node(request, tree_of(request).make_folder(folder, name));
}

void on_rmdir(fuse_req_t request, fuse_ino_t folder, const char* name) {
  reply_status(request, tree_of(request).remove_folder(folder, name));
}

// Without these libfuse would answer ENOSYS, which no configfs does.
void on_unlink(fuse_req_t request, fuse_ino_t, const char*) {
  fuse_reply_err(request, EPERM);
}
void on_mknod(fuse_req_t request, fuse_ino_t, const char*, mode_t, dev_t) {
  fuse_reply_err(request, EPERM);
}
void on_symlink(fuse_req_t request, const char*, fuse_ino_t, const char*) {
  fuse_reply_err(request, EPERM);
}
void on_link(fuse_req_t request, fuse_ino_t, fuse_ino_t, const char*) {
  fuse_reply_err(request, EPERM);
}
void on_rename(fuse_req_t request, fuse_ino_t, const char*, fuse_ino_t, const char*, unsigned) {
  fuse_reply_err(request, EPERM);
}
void on_create(fuse_req_t request, fuse_ino_t, const char*, mode_t, fuse_file_info*) {
  fuse_reply_err(request, EACCES);
}

void on_open(fuse_req_t request, fuse_ino_t node, fuse_file_info* file) {
  const TsmTree::Reply<TsmTree::Handle> handle = tree_of(request).open(node, file->flags);
  if (!handle.has_value()) {
    fuse_reply_err(request, handle.error());
    return;
  }
  file->fh = *handle;
  file->direct_io = 1;  // The page cache would believe the size of 0, and read a report as empty without any error.
  if (fuse_reply_open(request, file) == -ENOENT) {  // The caller was interrupted and will not send a release.
    static_cast<void>(tree_of(request).release(*handle));
  }
}

void on_read(fuse_req_t request, fuse_ino_t, std::size_t size_bytes, off_t offset, fuse_file_info* file) {
  const TsmTree::Reply<Bytes> content = tree_of(request).read(file->fh, static_cast<std::uint64_t>(offset), size_bytes);
  if (!content.has_value()) {
    fuse_reply_err(request, content.error());
    return;
  }
  fuse_reply_buf(request, reinterpret_cast<const char*>(content->data()), content->size());
}

void on_write(fuse_req_t request, fuse_ino_t, const char* content, std::size_t size_bytes, off_t offset,
              fuse_file_info* file) {
  const Bytes octets(reinterpret_cast<const std::uint8_t*>(content), size_bytes);
  const TsmTree::Reply<std::size_t> taken =
      tree_of(request).write(file->fh, static_cast<std::uint64_t>(offset), octets);
  if (!taken.has_value()) {
    fuse_reply_err(request, taken.error());
    return;
  }
  fuse_reply_write(request, *taken);
}

void on_flush(fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
  reply_status(request, tree_of(request).flush(file->fh));
}

void on_release(fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
  reply_status(request, tree_of(request).release(file->fh));
}

// The kernel asks with the offset of the last item it took: item n of the list has offset n + 1.
void on_readdir(fuse_req_t request, fuse_ino_t folder, std::size_t size_bytes, off_t offset, fuse_file_info*) {
  const TsmTree::Reply<std::vector<TsmTree::Item>> listed = tree_of(request).list(folder);
  if (!listed.has_value()) {
    fuse_reply_err(request, listed.error());
    return;
  }
  std::vector<TsmTree::Item> items = {{".", folder, S_IFDIR}, {"..", TsmTree::kRoot, S_IFDIR}};
  items.insert(items.end(), listed->begin(), listed->end());
  std::string out(size_bytes, '\0');
  std::size_t used = 0;
  for (std::size_t i = static_cast<std::size_t>(offset); i < items.size(); ++i) {
    struct stat type {};
    type.st_ino = items[i].node;
    type.st_mode = items[i].mode;
    const std::size_t needed = fuse_add_direntry(request, out.data() + used, size_bytes - used, items[i].name.c_str(),
                                                 &type, static_cast<off_t>(i + 1));
    if (needed > size_bytes - used) break;
    used += needed;
  }
  fuse_reply_buf(request, out.data(), used);
}

fuse_lowlevel_ops operations() {
  fuse_lowlevel_ops out{};
  out.lookup = on_lookup;
  out.getattr = on_getattr;
  out.setattr = on_setattr;
  out.mknod = on_mknod;
  out.mkdir = on_mkdir;
  out.unlink = on_unlink;
  out.rmdir = on_rmdir;
  out.symlink = on_symlink;
  out.rename = on_rename;
  out.link = on_link;
  out.open = on_open;
  out.read = on_read;
  out.write = on_write;
  out.flush = on_flush;
  out.release = on_release;
  out.readdir = on_readdir;
  out.create = on_create;
  return out;
}

Error cannot_mount(const std::string& what, const char* advice) {
  return Error{Blame::kUnavailable, "realm.fuse", what + ": " + std::strerror(errno) + advice};
}

// An open /dev/fuse, mounted. We call mount(2) ourselves: fusermount3 is of no use inside a user namespace.
Result<int> open_and_mount(const std::string& mount_point) {
  const int fd = ::open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  ENSURE(fd >= 0, cannot_mount("/dev/fuse", errno == EACCES || errno == EPERM
                                                ? "; run as root, or let this user open it (chmod 0666 /dev/fuse)"
                                                : "; load the kernel module (modprobe fuse), or pass the device into "
                                                  "the container (--device /dev/fuse)"));
  // allow_other: who is root in the realm may become another user. default_permissions: the kernel checks modes for
  // them.
  const std::string options = "fd=" + std::to_string(fd) + ",rootmode=40755,user_id=" + std::to_string(::geteuid()) +
                              ",group_id=" + std::to_string(::getegid()) + ",allow_other,default_permissions";
  if (::mount("avouch-realm", mount_point.c_str(), "fuse", MS_NOSUID | MS_NODEV | MS_NOEXEC, options.c_str()) != 0) {
    const Error error = cannot_mount("mount on " + mount_point, "");
    ::close(fd);
    return error;
  }
  return fd;
}

}  // namespace

RealmFuse::RealmFuse(std::unique_ptr<RealmFuseSession> session) : session_(std::move(session)) {}

Result<std::unique_ptr<RealmFuse>> RealmFuse::mount(const std::string& mount_point, TsmTree& tree) {
  auto session = std::make_unique<RealmFuseSession>();
  session->tree = &tree;
  session->mount_point = mount_point;
  ::clock_gettime(CLOCK_REALTIME, &session->mounted);
  const int fd = TRY(open_and_mount(mount_point));

  char name[] = "avouch-realm";
  char* arguments[] = {name, nullptr};
  fuse_args options = FUSE_ARGS_INIT(1, arguments);
  const fuse_lowlevel_ops table = operations();
  session->fuse = fuse_session_new(&options, &table, sizeof table, session.get());
  fuse_opt_free_args(&options);
  const std::string mounted = "/dev/fd/" + std::to_string(fd);  // tells libfuse that it need not mount
  if (session->fuse == nullptr || fuse_session_mount(session->fuse, mounted.c_str()) != 0) {
    if (session->fuse != nullptr) fuse_session_destroy(session->fuse);
    ::close(fd);
    ::umount2(mount_point.c_str(), MNT_DETACH);
    return Error{Blame::kUnavailable, "realm.fuse", "libfuse refuses the mounted descriptor"};
  }
  return std::unique_ptr<RealmFuse>(new RealmFuse(std::move(session)));
}

RealmFuse::~RealmFuse() {
  fuse_session_destroy(session_->fuse);  // closes the descriptor, which ends the connection: nobody waits for us
  ::umount2(session_->mount_point.c_str(), MNT_DETACH);
  std::free(session_->request.mem);  // NOLINT(cppcoreguidelines-no-malloc): libfuse allocated it
}

int RealmFuse::descriptor() const {
  return fuse_session_fd(session_->fuse);
}

Status RealmFuse::serve() {
  constexpr int kRequestsAtOnce = 64;  // then the caller looks after its signals
  for (int i = 0; i < kRequestsAtOnce; ++i) {
    const int size = fuse_session_receive_buf(session_->fuse, &session_->request);
    if (size == -EAGAIN || size == -EINTR) return ok();
    ENSURE(size > 0, Error{Blame::kUnavailable, "realm.fuse", session_->mount_point + " was unmounted"});
    fuse_session_process_buf(session_->fuse, &session_->request);
  }
  return ok();
}

}  // namespace avouch::cmd
