// The server put together: every part made here, in order, and handed to the next. No part makes another.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "cmd/avouchd/config.h"
#include "cmd/common/data_directory.h"

namespace avouch::cmd {

class Server {
 public:
  // Makes all parts and listens.   fails   as the parts do; the detail names file and next step
  static Result<std::unique_ptr<Server>> start(const Config& config, const DataDirectory& data, const Clock& clock,
                                               const Log& log);
  ~Server();

  const std::vector<std::string>& addresses() const;
  // Reads certificates and endorsement files again. On failure what was in force stays.
  Status reload();
  // Expired records go, and the admin token is renewed. Called every now and then.
  void housekeep();
  void stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace avouch::cmd
