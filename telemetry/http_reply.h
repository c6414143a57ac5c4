// Reads what a gateway answers to one request, however it is cut into pieces. Whoever is
// at the other end may be anybody.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace torpor::telemetry {

class HttpReply {
 public:
  // A gateway's answer is a line or nothing; what is longer is not meant for us.
  static constexpr std::size_t kLongest = std::size_t{64} * 1024;

  enum class Heard {
    kMore,     // it is not whole yet
    kWhole,    // http_status() and body() are what it says
    kRubbish,  // not HTTP/1, or endless
  };
  Heard Take(std::string_view bytes);
  // The other end says no more.
  Heard End();

  [[nodiscard]] long http_status() const { return http_status_; }
  [[nodiscard]] const std::string& body() const { return body_; }

 private:
  Heard Read();
  // False for rubbish.
  bool ReadHead(std::string_view head);
  Heard ReadBody();
  Heard ReadChunks();

  std::string text_;  // all that came and is not read yet
  std::size_t taken_ = 0;
  bool head_read_ = false, chunked_ = false, ended_ = false;
  std::optional<std::size_t> length_;
  long http_status_ = 0;
  std::string body_;
};

}  // namespace torpor::telemetry
