// avouchd as its users run it: a process of its own, in a folder that goes with it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace avouch::bench {

class ServerProcess {
 public:
  // Starts `program` with a data directory in a fresh folder, and waits until it answers; ends the bench if it does
  // not.
  explicit ServerProcess(std::string program);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  void restart();  // with the data directory that is there
  const std::string& url() const { return url_; }
  std::string admin_token() const;
  double start_milliseconds() const { return start_milliseconds_; }  // of the last start, to the first 200
  double cpu_seconds() const;                                        // user and system, in steps of 10 ms
  std::size_t resident_kib() const;

 private:
  void start();
  void stop();
  std::string program_, folder_, url_;
  pid_t pid_ = -1;
  double start_milliseconds_ = 0;
};

}  // namespace avouch::bench
