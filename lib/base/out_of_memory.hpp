// The library throws nothing: what its containers throw becomes an error value.
#pragma once

#include <treadle/result.hpp>

#include <exception>

namespace treadle::base {

/// Calls body(), which returns a Result and calls nothing that throws but containers: all that these throw (bad_alloc,
/// length_error) says that there is no memory for what they should hold.
template <class Body>
auto or_out_of_memory(const char* operation, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception&) {
    return Error{ErrorCode::out_of_memory, Message{operation} << ": not enough memory"};
  }
}

}  // namespace treadle::base
