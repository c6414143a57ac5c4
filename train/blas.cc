#include "train/blas.h"

#include <dlfcn.h>
#include <link.h>
#include <torch/torch.h>

#include <string_view>

namespace torpor::train {
namespace {

int Look(dl_phdr_info* info, std::size_t, void* context) {
  auto& blas = *static_cast<Blas*>(context);
  const std::string_view name = info->dlpi_name;
  const std::string_view file = name.substr(name.rfind('/') + 1);
  const bool quick = file.starts_with("libopenblas") || file.starts_with("libmkl") ||
                     file.starts_with("libblis");
  if (quick || (!blas.quick && file.starts_with("libblas."))) {
    blas.quick = quick;
    blas.library = name;
  }
  return quick ? 1 : 0;
}

}  // namespace

Blas FindBlas() {
  Blas blas;
  ::dl_iterate_phdr(Look, &blas);
  return blas;
}

void UseOneThread() {
  at::set_num_threads(1);
  using SetThreads = void (*)(int);
  if (void* const symbol = ::dlsym(RTLD_DEFAULT, "openblas_set_num_threads")) {
    reinterpret_cast<SetThreads>(symbol)(1);
  }
}

}  // namespace torpor::train
