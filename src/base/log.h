// Log: one JSON line an event on stderr. Ids, counts and error kinds only.
//
// Never an address, a name, an e-mail or media: Sensitive has no way in here.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace hotline::log {

struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  Field(std::string_view k, std::int64_t v) : key(k), value(std::to_string(v)), number(true) {}
  Field(std::string_view k, int v) : Field(k, std::int64_t{v}) {}
  Field(std::string_view k, std::size_t v) : Field(k, static_cast<std::int64_t>(v)) {}
  std::string key, value;
  bool number = false;
};

/// Called once by main: the program's name stands in every line.
void set_program(std::string_view name);
void note(std::string_view event, std::initializer_list<Field> fields = {});
void trouble(std::string_view event, std::initializer_list<Field> fields = {});
void trouble(std::string_view event, const Error& error, std::initializer_list<Field> fields = {});

}  // namespace hotline::log
