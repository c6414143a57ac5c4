// TLS before a FaultGateway, for tests: whatever it does wrong, it does wrong encrypted.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "simulate/child.h"
#include "simulate/gateway.h"
#include "telemetry/test_certificates.h"

namespace torpor::simulate {

class TlsFront {
 public:
  // Lets those in that show a certificate of its authority; "robot" is one.
  explicit TlsFront(const FaultGateway& behind) {
    authority_.Sign("gateway");
    authority_.Sign("robot");
    const std::string port_file = authority_.File("port");
    auto child = Child::Start(
        {"/usr/bin/env", "python3", "-B", TORPOR_SOURCE_DIR "/simulate/test_tls_front.py",
         port_file, std::to_string(behind.port()), authority_.File("gateway.pem"),
         authority_.File("gateway.key"), authority_.File("authority.pem")},
        {});
    EXPECT_TRUE(child.ok());
    child_.push_back(std::move(*child));
    for (int i = 0; i < 1200 && port_.empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      port_ = authority_.Text("port");
    }
    EXPECT_FALSE(port_.empty()) << "no TLS";
  }

  [[nodiscard]] std::string address() const { return "https://127.0.0.1:" + port_; }
  [[nodiscard]] const telemetry::TestAuthority& authority() const { return authority_; }

 private:
  telemetry::TestAuthority authority_;
  std::vector<Child> child_;  // one; it has no empty state
  std::string port_;
};

}  // namespace torpor::simulate
