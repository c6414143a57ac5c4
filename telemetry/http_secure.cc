#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "telemetry/http_reply.h"
#include "telemetry/http_request.h"
#include "telemetry/shared_library.h"

namespace torpor::telemetry {
namespace {

// Those of libcurl's functions that are called, found when they are first needed: with
// libcurl come thirty libraries, which who never speaks TLS need not hold in memory.
class Curl {
 public:
  // Null without libcurl; `why` then says what the loader said.
  static const Curl* Loaded(std::string& why) {
    static Curl curl;
    if (curl.ready_ || curl.Load(why)) return &curl;
    return nullptr;
  }

  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_perform) easy_perform = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;

 private:
  Curl() = default;
  bool Load(std::string& why) {
    const SharedLibrary library("libcurl.so.4");
    ready_ = library.Find(global_init, "curl_global_init") &&
             library.Find(easy_init, "curl_easy_init") &&
             library.Find(easy_setopt, "curl_easy_setopt") &&
             library.Find(easy_perform, "curl_easy_perform") &&
             library.Find(easy_getinfo, "curl_easy_getinfo") &&
             library.Find(easy_strerror, "curl_easy_strerror") &&
             library.Find(easy_cleanup, "curl_easy_cleanup") &&
             library.Find(slist_append, "curl_slist_append") &&
             library.Find(slist_free_all, "curl_slist_free_all");
    if (ready_) {
      ready_ = global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
      why = "libcurl does not begin";
    } else {
      why = SharedLibrary::Why("no libcurl");
    }
    return ready_;
  }
  bool ready_ = false;
};

// What came back; the head is counted with it.
struct Answer {
  std::string body;
  std::size_t bytes = 0;
  const Deadline* deadline = nullptr;
};

std::size_t Receive(const char* data, std::size_t size, std::size_t count, void* to) {
  auto& answer = *static_cast<Answer*>(to);
  const std::size_t bytes = size * count;
  answer.bytes += bytes;
  if (answer.bytes > HttpReply::kLongest) return 0;  // ends the transfer
  answer.body.append(data, bytes);
  return bytes;
}

std::size_t CountHeader(const char*, std::size_t size, std::size_t count, void* to) {
  auto& answer = *static_cast<Answer*>(to);
  answer.bytes += size * count;
  return answer.bytes > HttpReply::kLongest ? 0 : size * count;
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
      return answer.bytes > HttpReply::kLongest ? Status::kGatewayRubbish
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

class List {
 public:
  explicit List(const Curl& curl) : curl_(curl) {}
  ~List() { curl_.slist_free_all(list_); }
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  void Append(const std::string& text) {
    curl_slist* const longer = curl_.slist_append(list_, text.c_str());
    if (longer != nullptr) list_ = longer;
  }
  [[nodiscard]] curl_slist* get() const { return list_; }

 private:
  const Curl& curl_;
  curl_slist* list_ = nullptr;
};

// "host:port:address,address", for who is not to resolve it again.
std::string Resolved(const HttpRequest& request) {
  std::string text = request.address.host + ":" + request.address.port;
  char before = ':';
  for (const std::string& one : request.addresses) {
    const bool six = one.find(':') != std::string::npos;
    text += before + (six ? "[" + one + "]" : one);
    before = ',';
  }
  return text;
}

// Copied by who takes it.
curl_blob BlobOf(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
}

}  // namespace

void LoadSecure() {
  std::string why;
  (void)Curl::Loaded(why);
}

HttpResult SendSecure(const HttpRequest& request) {
  HttpResult result;
  const Curl* const loaded = Curl::Loaded(result.detail);
  if (loaded == nullptr) {
    result.status = Status::kGatewayUnreachable;
    return result;
  }
  const Curl& curl = *loaded;
  const std::unique_ptr<CURL, decltype(curl.easy_cleanup)> easy(curl.easy_init(),
                                                                curl.easy_cleanup);
  if (!easy) return {Status::kOs, 0, {}};
  List headers(curl);
  for (const HttpHeader& header : request.headers) {
    headers.Append(std::string(header.name) + ": " + std::string(header.value));
  }
  headers.Append("Expect:");
  List names(curl);
  const std::string resolved = Resolved(request);
  const bool numeric =
      request.addresses.size() == 1 && request.addresses.front() == request.address.host;
  if (!numeric) names.Append(resolved);
  Answer answer;
  answer.deadline = &request.deadline;
  std::string error(CURL_ERROR_SIZE, '\0');
  const std::string method(request.method);
  const std::string url = request.address.url();
  const std::string ca_file(request.ca_file);
  const auto set = [&](CURLoption option, auto value) {
    curl.easy_setopt(easy.get(), option, value);
  };

  set(CURLOPT_URL, url.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
  set(CURLOPT_PROTOCOLS_STR, "https");
#else
  set(CURLOPT_PROTOCOLS, long{CURLPROTO_HTTPS});
#endif
  set(CURLOPT_PROXY, "");  // nor one from the environment
  set(CURLOPT_CUSTOMREQUEST, method.c_str());
  set(CURLOPT_POSTFIELDS, request.body.data());
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_USERAGENT, "torpor");
  set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_FRESH_CONNECT, 1L);
  set(CURLOPT_FORBID_REUSE, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_RESOLVE, names.get());
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!ca_file.empty()) set(CURLOPT_CAINFO, ca_file.c_str());
  if (!request.client_certificate.empty()) {
    const curl_blob certificate = BlobOf(request.client_certificate);
    const curl_blob key = BlobOf(request.client_key);
    set(CURLOPT_SSLCERT_BLOB, &certificate);
    set(CURLOPT_SSLKEY_BLOB, &key);
    // A key that wants a passphrase must not ask a terminal for it, past any deadline.
    set(CURLOPT_KEYPASSWD, "");
  }
  set(CURLOPT_WRITEFUNCTION, &Receive);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&answer));
  set(CURLOPT_HEADERFUNCTION, &CountHeader);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&answer));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &StopAtDeadline);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(&answer));
  set(CURLOPT_ERRORBUFFER, error.data());
  set(CURLOPT_TIMEOUT_MS, std::max(1L, long{request.deadline.left_ms()}));

  const CURLcode code = curl.easy_perform(easy.get());
  curl.easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &result.http_status);
  result.status = Judge(code, answer, result.http_status);
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
  error.resize(error.find('\0'));
  if (code == CURLE_OK) {
    result.detail = std::move(answer.body);
  } else {
    result.detail = error.empty() ? curl.easy_strerror(code) : std::move(error);
  }
  return result;
}

}  // namespace torpor::telemetry
