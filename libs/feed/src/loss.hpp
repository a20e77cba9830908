#pragma once

#include <string>

#include <boost/beast/core/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "obkit/feed/session.hpp"

namespace obkit::feed {

/// That the observer asked for a new connection.
[[nodiscard]] Loss loss_of(const Next& next);

/// Why a connection that stood ended.
[[nodiscard]] Loss loss_of_connection(boost::beast::error_code error,
                                      const boost::beast::websocket::close_reason& reason);

/// What an answer to the upgrade other than 101 means.
[[nodiscard]] Loss loss_of_upgrade(const std::string& authority,
                                   const boost::beast::websocket::response_type& response);

}  // namespace obkit::feed
