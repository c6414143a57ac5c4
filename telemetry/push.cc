#include "telemetry/push.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "telemetry/deadline.h"
#include "telemetry/resolve.h"

namespace torpor::telemetry {
namespace {

// A gateway's answer is a line or nothing; what is longer is not meant for us.
constexpr std::size_t kLongestAnswer = std::size_t{64} * 1024;
constexpr std::size_t kShownOfAnswer = 200;
constexpr std::size_t kLongestRobot = 64;

struct CloseUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct CloseEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CloseList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, CloseList>;

struct Address {
  std::string url;   // with the group's path
  std::string host;  // without brackets
  std::string port;
};

std::string Part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool IsRobotId(std::string_view id) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '_' || c == ':' || c == '-';
  };
  return !id.empty() && id.size() <= kLongestRobot && std::ranges::all_of(id, allowed) &&
         id != "." && id != "..";
}

std::optional<Address> Parse(const PushTarget& target) {
  const std::unique_ptr<CURLU, CloseUrl> url(curl_url());
  if (!url || !IsRobotId(target.robot)) return std::nullopt;
  if (curl_url_set(url.get(), CURLUPART_URL, target.gateway.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  const std::string scheme = Part(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return std::nullopt;
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY,
                               CURLUPART_FRAGMENT, CURLUPART_ZONEID}) {
    if (!Part(url.get(), part).empty()) return std::nullopt;
  }
  std::string path = Part(url.get(), CURLUPART_PATH);
  while (path.ends_with('/')) path.pop_back();
  path += "/metrics/job/torpor/instance/" + target.robot;
  if (curl_url_set(url.get(), CURLUPART_PATH, path.c_str(), 0) != CURLUE_OK) {
    return std::nullopt;
  }
  Address address;
  address.url = Part(url.get(), CURLUPART_URL);
  address.host = Part(url.get(), CURLUPART_HOST);
  address.port = Part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (address.host.starts_with('[') && address.host.ends_with(']')) {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  if (address.host.empty() || address.port.empty()) return std::nullopt;
  return address;
}

// What came back: the first bytes are kept, all are counted.
struct Answer {
  std::string body;
  std::size_t bytes = 0;
  const Deadline* deadline = nullptr;
};

std::size_t Receive(const char* data, std::size_t size, std::size_t count, void* to) {
  auto& answer = *static_cast<Answer*>(to);
  const std::size_t bytes = size * count;
  answer.bytes += bytes;
  if (answer.bytes > kLongestAnswer) return 0;  // ends the transfer
  const std::size_t room = kShownOfAnswer - std::min(kShownOfAnswer, answer.body.size());
  answer.body.append(data, std::min(room, bytes));
  return bytes;
}

std::size_t CountHeader(const char*, std::size_t size, std::size_t count, void* to) {
  auto& answer = *static_cast<Answer*>(to);
  answer.bytes += size * count;
  return answer.bytes > kLongestAnswer ? 0 : size * count;
}

// libcurl's own timer has a hole now and then; this one asks the kernel's.
int StopAtDeadline(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const Answer*>(of)->deadline->left_ms() <= 0 ? 1 : 0;
}

Status Judge(CURLcode code, const Answer& answer, long http_status) {
  switch (code) {
    case CURLE_OK:
      return http_status >= 200 && http_status < 300 ? Status::kOk
                                                     : Status::kGatewayRejected;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_ABORTED_BY_CALLBACK:
      return Status::kGatewayTimeout;
    case CURLE_WRITE_ERROR:
      return answer.bytes > kLongestAnswer ? Status::kGatewayRubbish
                                           : Status::kGatewayUnreachable;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
      return Status::kGatewayRubbish;
    default:
      return Status::kGatewayUnreachable;
  }
}

// A log line has no place for control characters, whoever sent them.
std::string OneLine(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, ' ');
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

List Append(List list, const char* text) {
  curl_slist* longer = curl_slist_append(list.get(), text);
  if (longer == nullptr) return list;
  (void)list.release();
  return List(longer);
}

// One request on one connection, which ends with it.
void TryOnce(const PushTarget& target, const Address& address,
             const std::string& resolved, std::string_view page, const Deadline& deadline,
             PushResult& result) {
  const std::unique_ptr<CURL, CloseEasy> easy(curl_easy_init());
  if (!easy) {
    result.status = Status::kOs;
    return;
  }
  CURL* curl = easy.get();
  const List headers =
      Append(Append(nullptr, "Content-Type: text/plain; version=0.0.4; charset=utf-8"),
             "Expect:");
  List names;
  if (!resolved.empty()) names = Append(std::move(names), resolved.c_str());
  Answer answer;
  answer.deadline = &deadline;
  std::string error(CURL_ERROR_SIZE, '\0');

  curl_easy_setopt(curl, CURLOPT_URL, address.url.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS, long{CURLPROTO_HTTP | CURLPROTO_HTTPS});
#endif
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // nor one from the environment
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, page.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(page.size()));
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "torpor");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_RESOLVE, names.get());
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!target.ca_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, target.ca_file.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Receive);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, CountHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, StopAtDeadline);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &answer);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error.data());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, std::max(1L, long{deadline.left_ms()}));

  const CURLcode code = curl_easy_perform(curl);
  result.http_status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &result.http_status);
  result.status = Judge(code, answer, result.http_status);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
  error.resize(error.find('\0'));
  if (code == CURLE_OK) {
    result.detail = OneLine(std::move(answer.body));
  } else {
    result.detail = OneLine(error.empty() ? curl_easy_strerror(code) : std::move(error));
  }
}

}  // namespace

PushResult Push(const PushTarget& target, std::string_view page, Milliseconds deadline) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  const Deadline limit(deadline);
  PushResult result;
  const std::optional<Address> address = Parse(target);
  if (!address) {
    result.status = Status::kAddressRefused;
    return result;
  }
  if (started != CURLE_OK || !limit.ok()) {
    result.status = Status::kOs;
    return result;
  }

  std::string resolved;
  if (!IsNumericAddress(address->host)) {
    const auto addresses = Resolve(address->host, target.resolver, limit);
    if (!addresses.ok()) {
      result.status = addresses.status();
      result.detail = OneLine(address->host);
      result.took = limit.spent();
      return result;
    }
    resolved = address->host + ":" + address->port;
    char before = ':';
    for (const std::string& one : *addresses) {
      const bool six = one.find(':') != std::string::npos;
      resolved += before + (six ? "[" + one + "]" : one);
      before = ',';
    }
  }

  do {
    ++result.tries;
    TryOnce(target, *address, resolved, page, limit, result);
  } while (result.tries < 2 && result.status == Status::kGatewayUnreachable &&
           limit.left() > limit.spent());
  result.took = limit.spent();
  return result;
}

}  // namespace torpor::telemetry
