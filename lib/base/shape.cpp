#include <treadle/shape.hpp>

#include "base/checked.hpp"

namespace treadle {

Result<std::size_t> Shape::elements() const noexcept {
  if (!valid())
    return Error{ErrorCode::too_large,
                 Message{"a shape has "} << rank_ << " extents, at most " << max_rank << " are supported"};
  base::CheckedSize product{1};
  for (std::size_t extent : extents()) product *= extent;
  if (!product.valid())
    return Error{ErrorCode::too_large,
                 Message{"the number of elements of "} << *this << " does not fit into a size of this machine"};
  return product.saturated();
}

}  // namespace treadle
