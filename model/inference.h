// A network over one machine's windows: what is left of an inference when the front end
// has heard the newest one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"
#include "model/context.h"
#include "model/network.h"
#include "model/network_file.h"

namespace torpor::model {

// Makes what runs the network of a file for this many tokens, every time. The file
// outlives it; the path is where it was read. An empty one stands for MakeFastNetwork.
using NetworkMaker = std::function<Result<std::unique_ptr<Network>>(
    const NetworkFile&, const std::filesystem::path&, std::size_t tokens)>;

// One thread at a time.
class Inference {
 public:
  //   kModelMissing, kIo, kModelMalformed, kModelVersion, kModelDigest  as NetworkFile
  //   kModelMismatch  the network was made for another number of axes
  //   and what `make` refuses
  [[nodiscard]] static Result<std::shared_ptr<Inference>> Open(
      const std::filesystem::path& path, std::size_t axes,
      std::string_view* why = nullptr, const NetworkMaker& make = {});

  // The logit of the mean of the context's earlier windows and this one. Allocates
  // nothing but what the network does.
  //   kBatchShape  another number of features, or the context knows no machine
  //   kNotANumber  a value is not finite
  //   and what the network's Run says
  [[nodiscard]] Status Logit(const Context& context, std::span<const float> features,
                             float& logit);

  [[nodiscard]] const Digest& digest() const { return file_.view().digest; }
  // Of log(C) beside the logit, C being how far the machine's spectrum is from its own
  // usual distance; detect/fusion.h adds it.
  [[nodiscard]] double classical_weight() const {
    return double{file_.view().classical_weight};
  }
  [[nodiscard]] std::string_view engine() const { return network_->name(); }

 private:
  Inference(NetworkFile file, std::unique_ptr<Network> network, std::size_t axes,
            std::size_t tokens);

  NetworkFile file_;  // the plain engine looks at its bytes
  std::unique_ptr<Network> network_;
  std::size_t tokens_;
  std::vector<float> mean_;
  std::vector<float> z_;
};

// What a person asks for with --model: a file, "none" for deliberately no network, or
// nothing for the model that was installed with the program.
struct ChosenModel {
  std::shared_ptr<Inference> inference;  // null: none was asked for
  std::filesystem::path path;
};
inline constexpr std::string_view kNoModel = "none";

// Refuses as Inference::Open does; `problem` then names the file and what is wrong.
[[nodiscard]] Result<ChosenModel> ChooseModel(const std::string& wish, std::size_t axes,
                                              std::string& problem,
                                              const NetworkMaker& make = {});

// What networks are run with on this processor, as Network::name() will say: "hwy AVX2".
[[nodiscard]] std::string FastestEngine();

// ../share/torpor/torpor.model, seen from the running program: where the packages and the
// build put it.
[[nodiscard]] std::filesystem::path ShippedModel();

}  // namespace torpor::model
