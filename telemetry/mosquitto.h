// Those functions of libmosquitto (Debian: libmosquitto1) that are called, found when
// they are needed. Their declarations are our own, so that torpor is built without its
// headers; the library keeps its binary interface under one name.
// Source: mosquitto.h and mqtt_protocol.h of Mosquitto 2.0.
#pragma once

#include <cstdint>
#include <string>

struct mosquitto;  // its own name; never looked into

namespace torpor::telemetry {

struct MqttProperty;  // another of its types, likewise

inline constexpr int kMosqOptProtocolVersion = 1;
inline constexpr int kMosqOptTlsUseOsCerts = 13;
inline constexpr int kMqttProtocolV5 = 5;
inline constexpr int kMqttSessionExpiryInterval = 17;
inline constexpr int kMosqErrNoMem = 1;
inline constexpr int kMosqErrEai = 15;  // the name does not resolve

// Of a PUBACK. Source: MQTT 5.0, section 3.4.2.1.
inline constexpr int kMqttNoSubscriber = 0x10;
inline constexpr int kMqttFailures = 0x80;  // from here on
inline constexpr int kMqttPayloadInvalid = 0x99;

class Mosquitto {
 public:
  // Null without the library; `why` then says what the loader said. Never unloaded.
  static const Mosquitto* Load(std::string& why);

  using OnConnect = void (*)(mosquitto*, void*, int reason, int flags,
                             const MqttProperty*);
  using OnPublish = void (*)(mosquitto*, void*, int message, int reason,
                             const MqttProperty*);

  int (*lib_init)() = nullptr;
  mosquitto* (*create)(const char* id, bool clean_session, void* context) = nullptr;
  int (*int_option)(mosquitto*, int option, int value) = nullptr;
  int (*will_set)(mosquitto*, const char* topic, int size, const void* payload, int qos,
                  bool retain) = nullptr;
  int (*username_pw_set)(mosquitto*, const char* user, const char* password) = nullptr;
  int (*tls_set)(mosquitto*, const char* ca_file, const char* ca_path,
                 const char* certificate, const char* key,
                 int (*password)(char*, int, int, void*)) = nullptr;
  int (*property_add_int32)(MqttProperty**, int id, std::uint32_t value) = nullptr;
  int (*connect_bind_v5)(mosquitto*, const char* host, int port, int keep_alive_s,
                         const char* bind, const MqttProperty*) = nullptr;
  void (*connect_v5_callback_set)(mosquitto*, OnConnect) = nullptr;
  void (*publish_v5_callback_set)(mosquitto*, OnPublish) = nullptr;
  int (*publish)(mosquitto*, int* message, const char* topic, int size,
                 const void* payload, int qos, bool retain) = nullptr;
  int (*loop)(mosquitto*, int timeout_ms, int unused) = nullptr;
  int (*disconnect)(mosquitto*) = nullptr;
  const char* (*strerror)(int result) = nullptr;
  const char* (*reason_string)(int reason) = nullptr;
};

}  // namespace torpor::telemetry
