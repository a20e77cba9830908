#pragma once

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace obkit::feed {

namespace asio = boost::asio;

// Asio's usual executor can be any, which costs a virtual call and a counted reference at each step
// of each frame. A session has one thread and one context.
using Executor = asio::io_context::executor_type;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
template <class Result>
using Awaitable = asio::awaitable<Result, Executor>;

/// Waits in a coroutine; gives the error with the results instead of throwing it.
inline constexpr auto quiet = asio::as_tuple(asio::use_awaitable_t<Executor>{});

}  // namespace obkit::feed
