#include "model/backend_plugin.h"

#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <system_error>
#include <utility>

#include "core/status_table.h"
#include "model/backend_abi.h"

namespace torpor::model {
namespace {

// A foreign number becomes a status of ours, and never a good one by mistake.
Status FromPlugin(std::int32_t number) {
  if (number == 0) return Status::kOk;
  for (const StatusInfo& row : StatusTable()) {
    if (static_cast<std::int32_t>(row.status) == number) return row.status;
  }
  return Status::kAcceleratorFailed;
}

std::string_view Text(const TorporBackendError& error) {
  return {error.text, ::strnlen(error.text, sizeof error.text)};
}

// What is missing in a table, or empty.
std::string_view Incomplete(const TorporBackend& table, std::string_view name) {
  if (table.abi != TORPOR_BACKEND_ABI) return "its table is of another interface version";
  if (table.name == nullptr || name != table.name) return "it has another name";
  const bool whole = table.open != nullptr && table.run != nullptr &&
                     table.free_activations != nullptr && table.in_flight != nullptr &&
                     table.versions != nullptr && table.close != nullptr;
  return whole ? std::string_view{} : "its table lacks a function";
}

class PluginNetwork final : public DeviceNetwork {
 public:
  PluginNetwork(const TorporBackend& table, void* self, const NetworkShape& shape,
                std::size_t tokens)
      : table_(table), self_(self), shape_(shape), tokens_(tokens) {}
  PluginNetwork(const PluginNetwork&) = delete;
  PluginNetwork& operator=(const PluginNetwork&) = delete;
  ~PluginNetwork() override { table_.close(self_); }

  Status Run(std::span<const float> z, std::size_t tokens, float& logit) override {
    error_ = {};
    if (tokens != tokens_ || z.size() != tokens * shape_.inputs)
      return Status::kBatchShape;
    if (!std::ranges::all_of(z, [](float x) { return std::isfinite(x); }))
      return Status::kNotANumber;
    float answer = 0;
    const Status status =
        FromPlugin(table_.run(self_, z.data(), tokens, shape_.inputs, &answer, &error_));
    if (status != Status::kOk) return status;
    if (!std::isfinite(answer)) return Status::kNotANumber;
    logit = answer;
    return Status::kOk;
  }
  const NetworkShape& shape() const override { return shape_; }
  std::string_view name() const override { return table_.name; }

  Status FreeActivations() override {
    error_ = {};
    return FromPlugin(table_.free_activations(self_, &error_));
  }
  std::uint32_t in_flight() const override { return table_.in_flight(self_); }
  std::string versions() const override {
    std::string text(512, '\0');
    table_.versions(self_, text.data(), text.size());
    text.resize(::strnlen(text.data(), text.size()));
    return text;
  }
  std::string_view problem() const override { return Text(error_); }

 private:
  const TorporBackend& table_;
  void* self_;
  NetworkShape shape_;
  std::size_t tokens_;
  TorporBackendError error_{};
};

Status Refuse(Status why, std::string& problem, const std::filesystem::path& object,
              std::string_view clause) {
  problem = object.string();
  if (!clause.empty()) problem += ": " + std::string(clause);
  return why;
}

}  // namespace

Result<std::unique_ptr<DeviceNetwork>> OpenPlugin(
    const std::filesystem::path& object, std::string_view name, const NetworkFile& file,
    const std::filesystem::path& path, std::size_t tokens,
    const std::filesystem::path& cache, std::string& problem) {
  const auto missing = [&](std::string_view clause) {
    return Refuse(Status::kAcceleratorMissing, problem, object, clause);
  };
  std::error_code error;
  if (!std::filesystem::is_regular_file(object, error)) {
    return missing("there is no such file");
  }
  // Absolute: dlopen would look for a bare name along the library path.
  const std::filesystem::path absolute = std::filesystem::absolute(object);
  void* const opened = ::dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (opened == nullptr) {
    const char* const said = ::dlerror();
    return missing(said != nullptr ? said : "it cannot be loaded");
  }
  using Entry = const TorporBackend* (*)(std::uint32_t);
  const auto entry = reinterpret_cast<Entry>(::dlsym(opened, TORPOR_BACKEND_SYMBOL));
  ::dlclose(opened);  // RTLD_NODELETE: it stays
  if (entry == nullptr) return missing("it is no back end of torpor");
  const TorporBackend* const table = entry(TORPOR_BACKEND_ABI);
  if (table == nullptr) return missing("it was made for another torpor");
  if (const auto clause = Incomplete(*table, name); !clause.empty())
    return missing(clause);

  const NetworkView& view = file.view();
  const std::string model_path = std::filesystem::absolute(path).string();
  const std::string cache_path =
      cache.empty() ? std::string() : std::filesystem::absolute(cache).string();
  TorporBackendModel model{};
  model.path = model_path.c_str();
  model.bytes = reinterpret_cast<const std::uint8_t*>(file.bytes().data());
  model.size = file.bytes().size();
  std::memcpy(model.digest, view.digest.data(), sizeof model.digest);
  model.tokens = static_cast<std::uint32_t>(tokens);
  model.inputs = view.shape.inputs;
  model.cache_folder = cache.empty() ? nullptr : cache_path.c_str();

  std::int32_t status = 0;
  TorporBackendError said{};
  void* const self = table->open(&model, &status, &said);
  if (self == nullptr) {
    const Status why = FromPlugin(status);
    return Refuse(why == Status::kOk ? Status::kAcceleratorFailed : why, problem, object,
                  Text(said));
  }
  return std::unique_ptr<DeviceNetwork>(
      std::make_unique<PluginNetwork>(*table, self, view.shape, tokens));
}

std::filesystem::path PluginPath(std::string_view name) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "lib/torpor" /
         ("torpor-" + std::string(name) + ".so");
}

}  // namespace torpor::model
