// Our declarations of NVML against the real header, where CUDA's toolkit has it: the same
// arguments in number, kind and size, though enums and handles have names of their own.
#define NVML_NO_UNVERSIONED_FUNC_DEFS
#include <gtest/gtest.h>
#include <nvml.h>

#include <string_view>
#include <type_traits>

#include "power/nvml_functions.h"

namespace torpor::power::nvml {
namespace {

// An enum passes as an int does, and every pointer to an object as any other.
template <class Ours, class Theirs>
constexpr bool kPassesAlike =
    std::is_same_v<Ours, Theirs> ||
    (std::is_same_v<Ours, int> && std::is_enum_v<Theirs> &&
     sizeof(Theirs) == sizeof(int)) ||
    (std::is_pointer_v<Ours> && std::is_pointer_v<Theirs> &&
     std::is_pointer_v<std::remove_pointer_t<Ours>> ==
         std::is_pointer_v<std::remove_pointer_t<Theirs>> &&
     std::is_class_v<std::remove_pointer_t<std::remove_pointer_t<Ours>>> ==
         std::is_class_v<std::remove_pointer_t<std::remove_pointer_t<Theirs>>>);

template <class Ours, class Theirs>
struct CalledAlike : std::false_type {};
template <class R, class... A, class S, class... B>
requires(sizeof...(A) == sizeof...(B)) struct CalledAlike<R(A...), S(B...)>
    : std::bool_constant<kPassesAlike<R, S> && (kPassesAlike<A, B> && ...)> {
};

#define TORPOR_CALLED_ALIKE(ours, theirs) \
  static_assert(CalledAlike<ours, decltype(theirs)>::value)

TORPOR_CALLED_ALIKE(Init, nvmlInit_v2);
TORPOR_CALLED_ALIKE(Shutdown, nvmlShutdown);
TORPOR_CALLED_ALIKE(GetCount, nvmlDeviceGetCount_v2);
TORPOR_CALLED_ALIKE(GetHandleByIndex, nvmlDeviceGetHandleByIndex_v2);
TORPOR_CALLED_ALIKE(GetHandleByPciBusId, nvmlDeviceGetHandleByPciBusId_v2);
TORPOR_CALLED_ALIKE(GetTotalEnergyConsumption, nvmlDeviceGetTotalEnergyConsumption);
TORPOR_CALLED_ALIKE(ErrorString, nvmlErrorString);

static_assert(!CalledAlike<Init, decltype(nvmlDeviceGetHandleByIndex_v2)>::value);
static_assert(
    !CalledAlike<GetHandleByIndex, decltype(nvmlDeviceGetHandleByPciBusId_v2)>::value);
static_assert(
    !CalledAlike<GetHandleByIndex, decltype(nvmlDeviceGetTotalEnergyConsumption)>::value);

TEST(NvmlHeader, HasTheFunctionsAndNumbersThatWeCall) {
  EXPECT_EQ(static_cast<Return>(NVML_SUCCESS), kSuccess);
  EXPECT_EQ(static_cast<Return>(NVML_ERROR_NOT_SUPPORTED), kNotSupported);
}

}  // namespace
}  // namespace torpor::power::nvml
