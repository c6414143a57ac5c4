#include "telemetry/mosquitto.h"

#include <dlfcn.h>

namespace torpor::telemetry {
namespace {

template <class Function>
bool Find(void* library, Function& function, const char* name) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

bool FindAll(void* library, Mosquitto& m) {
  return Find(library, m.lib_init, "mosquitto_lib_init") &&
         Find(library, m.create, "mosquitto_new") &&
         Find(library, m.int_option, "mosquitto_int_option") &&
         Find(library, m.will_set, "mosquitto_will_set") &&
         Find(library, m.username_pw_set, "mosquitto_username_pw_set") &&
         Find(library, m.tls_set, "mosquitto_tls_set") &&
         Find(library, m.property_add_int32, "mosquitto_property_add_int32") &&
         Find(library, m.connect_bind_v5, "mosquitto_connect_bind_v5") &&
         Find(library, m.connect_v5_callback_set, "mosquitto_connect_v5_callback_set") &&
         Find(library, m.publish_v5_callback_set, "mosquitto_publish_v5_callback_set") &&
         Find(library, m.publish, "mosquitto_publish") &&
         Find(library, m.loop, "mosquitto_loop") &&
         Find(library, m.disconnect, "mosquitto_disconnect") &&
         Find(library, m.strerror, "mosquitto_strerror") &&
         Find(library, m.reason_string, "mosquitto_reason_string");
}

}  // namespace

const Mosquitto* Mosquitto::Load(std::string& why) {
  static Mosquitto loaded;
  static const bool ready = [] {
    void* const library = ::dlopen("libmosquitto.so.1", RTLD_LAZY | RTLD_LOCAL);
    return library != nullptr && FindAll(library, loaded) && loaded.lib_init() == 0;
  }();
  if (ready) return &loaded;
  const char* const said = ::dlerror();  // NOLINT(concurrency-mt-unsafe): one thread
  why = said != nullptr ? said : "libmosquitto does not begin";
  return nullptr;
}

}  // namespace torpor::telemetry
