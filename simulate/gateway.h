// A gateway that is not there: a small HTTP server on a loopback port that takes pushes,
// or misbehaves in one of the ways a real network can.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace torpor::simulate {

enum class GatewayFault : std::uint8_t {
  kNone,     // 200, and the request is kept
  kHang,     // takes the request and says nothing
  kReset,    // resets every connection
  kRubbish,  // answers in something that is not HTTP
  kEmpty,    // closes without a word
  kDrip,     // a good answer, one byte per drip_interval
  kHuge,     // a good status and a body without end
  kHeaders,  // a good status and headers without end
  kMoved,    // 302 to another address
  kReject,   // 400 with a reason
  kBroken,   // 500
  kEcho,     // 400, and the request back
  kMute,     // takes and keeps the request, and closes without a word
};

struct PushedPage {
  std::string method, path, body;
  std::string head;  // the request's, from its first line to its last header
};

// One thread serves all connections and ends with the object. Thread-safe.
class FaultGateway {
 public:
  // Listens on a free port of 127.0.0.1.
  explicit FaultGateway(GatewayFault fault = GatewayFault::kNone);
  ~FaultGateway();
  FaultGateway(const FaultGateway&) = delete;
  FaultGateway& operator=(const FaultGateway&) = delete;

  // False if no port or no thread could be had.
  [[nodiscard]] bool ok() const { return port_ != 0; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  // "http://127.0.0.1:PORT"
  [[nodiscard]] std::string address() const;

  // From the next request on.
  void set_fault(GatewayFault fault) { fault_ = fault; }
  // Requests whose body has this word are answered 422, and not kept; empty: none.
  void set_refused_word(std::string word);
  void set_drip_interval(Milliseconds interval) { drip_ms_ = interval.count(); }

  // Pushes that were taken so far, and the last of them; at most kMostKept are kept.
  [[nodiscard]] std::uint64_t pushes() const { return pushes_; }
  [[nodiscard]] std::vector<PushedPage> pages() const;
  [[nodiscard]] std::uint64_t connections() const { return connections_; }

  static constexpr std::size_t kMostKept = 64;

 private:
  struct Connection;

  void Serve();
  void Accept();
  void Read(Connection& connection);
  void Answer(Connection& connection);
  // False if it is to be refused.
  bool Keep(const Connection& connection);
  void Write(Connection& connection);

  int listener_ = -1, stop_reader_ = -1, stop_writer_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<GatewayFault> fault_;
  std::atomic<std::int64_t> drip_ms_{3000};
  std::atomic<std::uint64_t> pushes_{0}, connections_{0};
  mutable std::mutex kept_mutex_;
  std::vector<PushedPage> kept_;
  std::string refused_word_;
  std::vector<Connection> open_;
  std::thread thread_;
};

}  // namespace torpor::simulate
