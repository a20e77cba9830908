// Files of Keras that libhdf5 itself would read, but that a model has no business to look like.

#include <array>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include "obkit/core/error.hpp"
#include "obkit/neural/model.hpp"

#include "support/small_model.hpp"

namespace obkit::neural {
namespace {

const char* const kernel = "/model_weights/dense_1/dense_1/kernel:0";  // 6 x 4
const std::array<hsize_t, 2> shape{6, 4};

/// The .h5 of a small model after libhdf5 changed something in it.
std::string altered_by(const std::function<void(hid_t)>& change) {
  std::string bytes = to_bytes(small_model(), ModelFormat::keras);
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(access, 1 << 16, false);
  H5Pset_file_image(access, bytes.data(), bytes.size());
  H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
  const hid_t file = H5Fopen("model.h5", H5F_ACC_RDWR, access);
  change(file);
  EXPECT_GE(H5Fflush(file, H5F_SCOPE_GLOBAL), 0);
  bytes.resize(static_cast<std::size_t>(H5Fget_file_image(file, nullptr, 0)));
  EXPECT_GT(H5Fget_file_image(file, bytes.data(), bytes.size()), 0);
  H5Fclose(file);
  H5Pclose(access);
  return bytes;
}

/// What reading complains of when the first kernel is another dataset. It is written where `values`
/// are given.
std::string with_kernel(hid_t type, const std::vector<hsize_t>& extents,
                        const std::function<void(hid_t)>& describe = {},
                        const std::vector<float>& values = {}) {
  return keras_complaint(altered_by([&](hid_t file) {
    H5Ldelete(file, kernel, H5P_DEFAULT);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    if (describe) describe(properties);
    const hid_t space = H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
    const hid_t dataset =
        H5Dcreate2(file, kernel, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    EXPECT_GE(dataset, 0);
    if (!values.empty()) {
      EXPECT_GE(H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
                0);
    }
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(properties);
  }));
}

std::vector<float> weights() {
  const Matrix matrix = small_model().parts().members[0].layers()[0].weights();
  return {matrix.data(), matrix.data() + matrix.size()};
}

TEST(Hdf5, what_libhdf5_wrote_anew_is_read) {
  EXPECT_EQ(keras_complaint(altered_by([](hid_t) {})), "");
  EXPECT_EQ(with_kernel(H5T_IEEE_F32LE, {6, 4}, {}, weights()), "");
  EXPECT_EQ(with_kernel(H5T_IEEE_F64LE, {6, 4}, {}, weights()), "");
  EXPECT_EQ(with_kernel(
                H5T_IEEE_F32LE, {6, 4},
                [](hid_t properties) { H5Pset_layout(properties, H5D_COMPACT); }, weights()),
            "");
  const auto in_chunks = [](hid_t properties) {
    const std::array<hsize_t, 2> chunk{4, 3};  // neither side is a multiple
    H5Pset_chunk(properties, 2, chunk.data());
    H5Pset_shuffle(properties);
    H5Pset_deflate(properties, 9);
  };
  EXPECT_EQ(with_kernel(H5T_IEEE_F32LE, {6, 4}, in_chunks, weights()), "");
}

TEST(Hdf5, a_group_of_many_members_is_searched) {
  EXPECT_EQ(keras_complaint(altered_by([](hid_t file) {
              for (int i = 0; i < 500; ++i) {
                const std::string name = "/model_weights/another_" + std::to_string(i);
                H5Gclose(H5Gcreate2(file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
              }
            })),
            "");
}

TEST(Hdf5, links_to_names_and_files_are_refused) {
  EXPECT_EQ(keras_complaint(altered_by([](hid_t file) {
              H5Ldelete(file, kernel, H5P_DEFAULT);
              H5Lcreate_soft(kernel, file, kernel, H5P_DEFAULT, H5P_DEFAULT);
            })),
            "m.h5: 'kernel:0' is a link to a name or to another file: Keras writes none such");
  EXPECT_THAT(keras_complaint(altered_by([](hid_t file) {
                H5Ldelete(file, "/model_weights", H5P_DEFAULT);
                H5Lcreate_external("/etc/passwd", "/", file, "/model_weights", H5P_DEFAULT,
                                   H5P_DEFAULT);
              })),
              testing::StartsWith("m.h5: "));
}

TEST(Hdf5, a_group_that_is_its_own_member_ends) {
  EXPECT_EQ(keras_complaint(altered_by([](hid_t file) {
              H5Lcreate_hard(file, "/model_weights", file, "/model_weights/dense_1/circle",
                             H5P_DEFAULT, H5P_DEFAULT);
            })),
            "");
}

TEST(Hdf5, data_that_stand_elsewhere_are_refused) {
  EXPECT_EQ(
      with_kernel(H5T_IEEE_F32LE, {6, 4},
                  [](hid_t properties) { H5Pset_external(properties, "/etc/passwd", 0, 96); }),
      "m.h5: an HDF5 dataset that stands in another file: Keras writes none such");
  EXPECT_EQ(with_kernel(H5T_IEEE_F32LE, {6, 4},
                        [](hid_t properties) {
                          const hid_t space = H5Screate_simple(2, shape.data(), nullptr);
                          H5Pset_virtual(properties, space, "/etc/passwd", "/x", space);
                          H5Sclose(space);
                        }),
            "m.h5: an HDF5 dataset of a layout that Keras does not write");
  EXPECT_EQ(
      keras_complaint(altered_by([](hid_t file) {
        H5Ldelete(file, kernel, H5P_DEFAULT);
        const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
        H5Tcommit2(file, "/type", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        const hid_t space = H5Screate_simple(2, shape.data(), nullptr);
        H5Dclose(H5Dcreate2(file, kernel, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        H5Sclose(space);
        H5Tclose(type);
      })),
      "m.h5: an HDF5 object whose type stands elsewhere: Keras writes none such");
}

TEST(Hdf5, other_types_and_shapes_are_refused) {
  EXPECT_EQ(with_kernel(H5T_STD_I32LE, {6, 4}, {}, weights()),
            "m.h5: layer 'dense_1': expected floats of 16, 32 or 64 bits");
  EXPECT_EQ(with_kernel(H5T_IEEE_F32BE, {6, 4}, {}, weights()),
            "m.h5: layer 'dense_1': expected floats of 16, 32 or 64 bits");
  EXPECT_EQ(with_kernel(H5T_IEEE_F32LE, {6, 2, 2}, {}, weights()),
            "m.h5: layer 'dense_1': expected weights of one or two dimensions");
  EXPECT_EQ(with_kernel(H5T_IEEE_F32LE, {4, 6}, {}, weights()),
            "m.h5: layer 'dense_1': expected a kernel of 6 x 4, found 4 x 6");
  std::vector<float> not_finite = weights();
  not_finite[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(with_kernel(H5T_IEEE_F32LE, {6, 4}, {}, not_finite),
            "m.h5: layer 'dense_1': a weight is no finite number");
}

TEST(Hdf5, claims_beyond_the_limit_take_no_memory) {
  const auto in_chunks = [](hid_t properties) {
    const std::array<hsize_t, 2> chunk{1024, 1024};
    H5Pset_chunk(properties, 2, chunk.data());
  };
  EXPECT_EQ(with_kernel(H5T_IEEE_F32LE, {hsize_t{1} << 40, hsize_t{1} << 20}, in_chunks),
            "m.h5: an HDF5 value of more than 16000000 bytes");
  EXPECT_EQ(with_kernel(H5T_IEEE_F32LE, {1024, 1024}, in_chunks),
            "m.h5: an HDF5 dataset that was never written");
}

TEST(Hdf5, data_that_were_never_written_are_refused) {
  EXPECT_EQ(with_kernel(H5T_IEEE_F32LE, {6, 4}), "m.h5: an HDF5 dataset that was never written");
}

TEST(Hdf5, other_filters_are_refused) {
  const auto with_checksums = [](hid_t properties) {
    H5Pset_chunk(properties, 2, shape.data());
    H5Pset_fletcher32(properties);
  };
  EXPECT_EQ(with_kernel(H5T_IEEE_F32LE, {6, 4}, with_checksums, weights()),
            "m.h5: an HDF5 dataset with filter 3: only deflate (1) and shuffle (2) are read");
}

TEST(Hdf5, links_and_attributes_outside_the_header_are_refused) {
  EXPECT_EQ(
      keras_complaint(altered_by([](hid_t file) {
        H5Ldelete(file, "/model_weights/dense_1", H5P_DEFAULT);
        const hid_t properties = H5Pcreate(H5P_GROUP_CREATE);
        H5Pset_attr_phase_change(properties, 0, 0);
        H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED);
        const hid_t group =
            H5Gcreate2(file, "/model_weights/dense_1", H5P_DEFAULT, properties, H5P_DEFAULT);
        const hid_t space = H5Screate(H5S_SCALAR);
        H5Aclose(H5Acreate2(group, "weight_names", H5T_C_S1, space, H5P_DEFAULT, H5P_DEFAULT));
        H5Sclose(space);
        H5Gclose(group);
        H5Pclose(properties);
      })),
      "m.h5: an HDF5 object whose attributes stand outside its header: Keras writes none such");
  EXPECT_EQ(keras_complaint(altered_by([](hid_t file) {
              H5Ldelete(file, "/model_weights", H5P_DEFAULT);
              const hid_t properties = H5Pcreate(H5P_GROUP_CREATE);
              H5Pset_link_phase_change(properties, 0, 0);
              H5Pset_link_creation_order(properties, H5P_CRT_ORDER_TRACKED);
              const hid_t group =
                  H5Gcreate2(file, "/model_weights", H5P_DEFAULT, properties, H5P_DEFAULT);
              H5Gclose(H5Gcreate2(group, "dense_1", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
              H5Gclose(group);
              H5Pclose(properties);
            })),
            "m.h5: an HDF5 group whose links stand outside its header: Keras writes none such");
}

TEST(Hdf5, the_metadata_must_be_those_of_the_network) {
  std::string bytes = to_bytes(small_model(), ModelFormat::keras);
  const auto at = bytes.find("\"depth\":6");
  bytes.replace(at, 9, "\"depth\":8");
  EXPECT_EQ(keras_complaint(bytes),
            "m.h5: 'obkit_model.input.depth': expected 6, as many as the first layer takes");
  bytes.replace(at, 9, "\"depth\":?");
  EXPECT_THAT(keras_complaint(bytes), testing::StartsWith("m.h5: obkit_model:2:"));
}

}  // namespace
}  // namespace obkit::neural
