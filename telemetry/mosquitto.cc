#include "telemetry/mosquitto.h"

#include "telemetry/shared_library.h"

namespace torpor::telemetry {
namespace {

bool FindAll(const SharedLibrary& library, Mosquitto& m) {
  return library.Find(m.lib_init, "mosquitto_lib_init") &&
         library.Find(m.create, "mosquitto_new") &&
         library.Find(m.int_option, "mosquitto_int_option") &&
         library.Find(m.will_set, "mosquitto_will_set") &&
         library.Find(m.username_pw_set, "mosquitto_username_pw_set") &&
         library.Find(m.tls_set, "mosquitto_tls_set") &&
         library.Find(m.property_add_int32, "mosquitto_property_add_int32") &&
         library.Find(m.connect_bind_v5, "mosquitto_connect_bind_v5") &&
         library.Find(m.connect_v5_callback_set, "mosquitto_connect_v5_callback_set") &&
         library.Find(m.publish_v5_callback_set, "mosquitto_publish_v5_callback_set") &&
         library.Find(m.publish, "mosquitto_publish") &&
         library.Find(m.loop, "mosquitto_loop") &&
         library.Find(m.disconnect, "mosquitto_disconnect") &&
         library.Find(m.strerror, "mosquitto_strerror") &&
         library.Find(m.reason_string, "mosquitto_reason_string");
}

}  // namespace

const Mosquitto* Mosquitto::Load(std::string& why) {
  static Mosquitto loaded;
  static const bool ready = [] {
    return FindAll(SharedLibrary("libmosquitto.so.1"), loaded) && loaded.lib_init() == 0;
  }();
  if (ready) return &loaded;
  why = SharedLibrary::Why("libmosquitto does not begin");
  return nullptr;
}

}  // namespace torpor::telemetry
