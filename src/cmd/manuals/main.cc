// avouch_manuals: writes the manual pages and completions of all programs, in the folders where a system looks for
// them.
//
//   avouch_manuals FOLDER       share/ of the installation
#include <cstdio>

#include "base/file.h"
#include "cmd/common/completion.h"
#include "cmd/common/man_page.h"
#include "cmd/manuals/programs.h"

namespace avouch::cmd {
namespace {

Status write_text(const std::string& folder, const std::string& name, const std::string& text) {
  TRY(make_folder(folder, 0755));
  return write_file(folder + "/" + name, as_bytes(text), 0644);
}

Status write_all(const std::string& share) {
  for (const Program& program : programs()) {
    const CommandText& command_line = program.command_line;
    const std::string folder = share + "/man/man" + std::to_string(program.manual_section);
    for (const auto& [name, text] : man_pages(command_line, program.manual_section))
      TRY(write_text(folder, name, text));
    TRY(write_text(share + "/bash-completion/completions", command_line.name, bash_completion(command_line)));
    TRY(write_text(share + "/zsh/site-functions", "_" + command_line.name, zsh_completion(command_line)));
    TRY(write_text(share + "/fish/vendor_completions.d", command_line.name + ".fish", fish_completion(command_line)));
  }
  return ok();
}

}  // namespace
}  // namespace avouch::cmd

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: avouch_manuals FOLDER\n");
    return 2;
  }
  const avouch::Status written = avouch::cmd::write_all(argv[1]);
  if (written.has_value()) return 0;
  std::fprintf(stderr, "avouch_manuals: %s\n", written.error().detail.c_str());
  return 1;
}
