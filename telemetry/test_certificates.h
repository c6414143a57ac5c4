// An authority of a test's own, and what it signs. Needs the openssl program.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/test_folder.h"
#include "core/test_program.h"

namespace torpor::telemetry {

class TestAuthority {
 public:
  TestAuthority() {
    Run("req -x509 " + NewKey("authority") + " -days 2 -subj /CN=authority -out " +
        File("authority.pem"));
  }

  // NAME.pem and NAME.key, for 127.0.0.1 and whoever is called `name`.
  void Sign(const std::string& name) const {
    Run("req -x509 " + NewKey(name) + " -days 2 -subj /CN=" + name +
        " -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE"
        " -CA " +
        File("authority.pem") + " -CAkey " + File("authority.key") + " -out " +
        File(name + ".pem"));
    std::filesystem::permissions(
        File(name + ".key"),
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  [[nodiscard]] std::string File(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] std::string Text(const std::string& name) const {
    return folder_.Slurp(name);
  }
  [[nodiscard]] const TestFolder& folder() const { return folder_; }

 private:
  [[nodiscard]] std::string NewKey(const std::string& name) const {
    return "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " +
           File(name + ".key");
  }
  static void Run(const std::string& arguments) {
    const Ran ran = RunLine("openssl " + arguments + " 2>&1");
    EXPECT_EQ(ran.exit_code, 0) << ran.out;
  }

  TestFolder folder_;
};

}  // namespace torpor::telemetry
