#pragma once

#include <Eigen/Core>

namespace obkit::neural {

/// Columns are samples, rows are features: a batch is [features × n], everywhere.
using Matrix = Eigen::MatrixXf;
using Vector = Eigen::VectorXf;
using Eigen::Index;

}  // namespace obkit::neural
