// A GPU for machines that have none: the device type `cuda` of torch's CPU build, with the host's memory behind it.
//
// For Python and for torch's dispatcher tensors are really on another device: one of the host among them is an error as
// on a GPU, and memory is handed out, counted and bounded as on a GPU. It says nothing about kernels, their rounding,
// speed or order: each operator is computed by torch's code for the CPU, on the same memory.
#include "memory.hpp"

#include <ATen/ATen.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/native/transformers/attention.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <string>
#include <vector>

namespace {

using at::Tensor;
using c10::IValue;
using OptionalTensor = std::optional<Tensor>;

constexpr size_t kWorkspace = 64 * kMega;  // what cuBLAS takes at the first product, on Hopper

thread_local c10::DeviceIndex current = 0;

struct Block {
  Piece* piece;
  int device;
};

void release(void* context) {
  auto* block = static_cast<Block*>(context);
  board().give(block->device, block->piece);
  delete block;
}

struct FakeAllocator final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) override {
    c10::Device device(at::kCUDA, current);
    if (!bytes) return {nullptr, device};
    Piece* piece = board().take(current, bytes);
    return {piece->at, new Block{piece, current}, &release, device};
  }
  void copy_data(void* target, const void* source, std::size_t bytes) const override {
    default_copy_data(target, source, bytes);
  }
};

FakeAllocator allocator;

struct FakeGuard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return at::kCUDA; }
  c10::Device getDevice() const override { return {at::kCUDA, current}; }
  c10::Device exchangeDevice(c10::Device device) const override {
    c10::Device before = getDevice();
    setDevice(device);
    return before;
  }
  void setDevice(c10::Device device) const override {
    TORCH_CHECK(device.index() < board().count, "CUDA error: invalid device ordinal");
    uncheckedSetDevice(device);
  }
  void uncheckedSetDevice(c10::Device device) const noexcept override {
    if (device.index() >= 0) current = device.index();
  }
  c10::DeviceIndex deviceCount() const noexcept override { return c10::DeviceIndex(board().count); }
  c10::Stream getStream(c10::Device device) const override { return c10::Stream(c10::Stream::DEFAULT, device); }
  c10::Stream getDefaultStream(c10::Device device) const override { return getStream(device); }
  c10::Stream exchangeStream(c10::Stream stream) const override { return stream; }
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override {}
  void synchronizeDevice(const c10::DeviceIndex) const override {}
};

C10_REGISTER_GUARD_IMPL(CUDA, FakeGuard)

}  // namespace

namespace at {

// The name is the key by which torch looks for it.
struct CUDAHooks final : CUDAHooksInterface {
  explicit CUDAHooks(CUDAHooksArgs) {}
  void init() const override {}
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasCUDA() const override { return true; }
  bool hasPrimaryContext(DeviceIndex) const override { return true; }
  DeviceIndex deviceCount() const override { return DeviceIndex(board().count); }
  int getNumGPUs() const override { return board().count; }
  DeviceIndex current_device() const override { return current; }
  DeviceIndex getCurrentDevice() const override { return current; }
  void setCurrentDevice(DeviceIndex device) const override { current = device; }
  Allocator* getPinnedMemoryAllocator() const override { return c10::GetAllocator(at::kCPU); }
  Allocator* getCUDADeviceAllocator() const override { return &allocator; }
  std::string showConfig() const override { return "fake"; }
  void deviceSynchronize(DeviceIndex) const override {}
};

REGISTER_CUDA_HOOKS(CUDAHooks)

}  // namespace at

namespace {

// The same memory as a tensor of the host.
Tensor bare(const Tensor& tensor) {
  auto options = tensor.options().device(at::kCPU);
  if (tensor.numel() == 0) return at::empty_strided(tensor.sizes(), tensor.strides(), options);
  auto keep = [held = tensor](void*) {};
  return at::from_blob(tensor.mutable_data_ptr(), tensor.sizes(), tensor.strides(), keep, options);
}

Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride, std::optional<at::ScalarType> dtype,
                     std::optional<at::Layout>, std::optional<at::Device> device, std::optional<bool>) {
  c10::DeviceGuard guard(device.value_or(at::Device(at::kCUDA, current)));
  auto type = c10::scalarTypeToTypeMeta(dtype.value_or(at::kFloat));
  size_t bytes = at::detail::computeStorageNbytes(size, stride, type.itemsize());
  auto storage = c10::make_intrusive<c10::StorageImpl>(c10::StorageImpl::use_byte_size_t(), bytes,
                                                      allocator.allocate(bytes), &allocator, true);
  c10::DispatchKeySet keys(c10::DispatchKey::CUDA);
  auto tensor = at::detail::make_tensor<c10::TensorImpl>(std::move(storage), keys, type);
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(size, stride);
  return tensor;
}

Tensor empty_like(const Tensor& other, at::IntArrayRef size, at::IntArrayRef stride, at::Device device) {
  return empty_strided(size, stride, other.scalar_type(), std::nullopt, device, std::nullopt);
}

Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> dtype, std::optional<at::Layout> layout,
             std::optional<at::Device> device, std::optional<bool> pin, std::optional<at::MemoryFormat> format) {
  bool last = format && *format == at::MemoryFormat::ChannelsLast;
  auto strides = last ? c10::get_channels_last_strides_2d(size) : std::vector<int64_t>();
  if (!last) {
    auto plain = c10::contiguous_strides(size);
    strides.assign(plain.begin(), plain.end());
  }
  return empty_strided(size, strides, dtype, layout, device, pin);
}

// A copy of a tensor of the host.
Tensor put(const Tensor& host, at::Device device) {
  auto there = empty_like(host, host.sizes(), host.strides(), device);
  if (host.numel()) bare(there).copy_(host);
  return there;
}

Tensor& copy_(Tensor& self, const Tensor& source, bool) {
  if (self.is_same(source) || self.numel() == 0) return self;
  TORCH_CHECK(!self.is_meta() && !source.is_meta(), "a copy from or to meta");
  (self.is_cuda() ? bare(self) : self).copy_(source.is_cuda() ? bare(source) : source);
  return self;
}

Tensor copy_from(const Tensor& self, const Tensor& target, bool) {
  Tensor to = target;
  return copy_(to, self, false);
}

at::Scalar local_scalar(const Tensor& self) { return bare(self).item(); }

Tensor& set_storage(Tensor& self, at::Storage source, int64_t offset, at::IntArrayRef size, at::IntArrayRef stride) {
  auto* tensor = self.unsafeGetTensorImpl();
  auto plain = c10::contiguous_strides(size);
  tensor->set_storage_keep_dtype(std::move(source));
  tensor->set_storage_offset(offset);
  tensor->set_sizes_and_strides(size, stride.empty() ? at::IntArrayRef(plain) : stride);
  return self;
}

Tensor& set_tensor(Tensor& self, const Tensor& source) {
  return set_storage(self, source.storage(), source.storage_offset(), source.sizes(), source.strides());
}

Tensor& set_whole(Tensor& self, at::Storage source) {
  int64_t length = int64_t(source.nbytes() / self.itemsize());
  return set_storage(self, std::move(source), 0, {length}, {});
}

const Tensor& resize_(const Tensor& self, at::IntArrayRef size, std::optional<at::MemoryFormat>) {
  if (self.sizes() == size) return self;
  auto fresh = empty_like(self, size, c10::contiguous_strides(size), self.device());
  auto kept = std::min(self.numel(), fresh.numel());
  if (kept) std::memcpy(fresh.mutable_data_ptr(), self.const_data_ptr(), kept * self.itemsize());
  Tensor target = self;
  set_tensor(target, fresh);
  return self;
}

// CUDA counts whole numbers, too.
Tensor histc(const Tensor& self, int64_t bins, const at::Scalar& least, const at::Scalar& most) {
  return put(bare(self).to(at::kDouble).histc(bins, least, most).to(self.scalar_type()), self.device());
}

// torch chooses among CUDA's convolutions before it asks for any operator.
Tensor convolution(const Tensor& input, const Tensor& weight, const OptionalTensor& bias, at::IntArrayRef stride,
                   at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed, at::IntArrayRef output_padding,
                   int64_t groups) {
  OptionalTensor added;
  if (bias && bias->defined()) added = bare(*bias);
  auto made = at::convolution(bare(input), bare(weight), added, stride, padding, dilation, transposed, output_padding,
                              groups);
  return put(made, input.device());
}

int64_t choose_attention(const Tensor&, const Tensor&, const Tensor&, const OptionalTensor&, double, bool,
                         std::optional<double>, bool) {
  return 0;  // by plain products
}

// Whatever tensors a value holds, each changed by a function.
template <class Change>
IValue each_tensor(const IValue& value, Change change) {
  if (value.isTensor()) return change(value.toTensor());
  if (value.isTensorList()) {
    c10::List<Tensor> list;
    for (const Tensor& tensor : value.toTensorList()) list.push_back(change(tensor));
    return list;
  }
  if (value.isOptionalTensorList()) {
    c10::List<OptionalTensor> list;
    for (const OptionalTensor& tensor : value.toOptionalTensorList()) {
      list.push_back(tensor ? OptionalTensor(change(*tensor)) : std::nullopt);
    }
    return list;
  }
  return value;
}

const std::set<std::string> kProducts = {"aten::mm", "aten::addmm", "aten::bmm", "aten::baddbmm"};
// A GPU, too, takes their indices from the host.
const std::set<std::string> kHostIndices = {"aten::index.Tensor", "aten::index.Tensor_out", "aten::_index_put_impl_"};
bool workspace[kMostGpus] = {};

// Any operator: on the same memory, by the CPU; what is new is copied to the device.
void compute(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const auto& schema = op.schema();
  const auto& overload = schema.overload_name();
  const auto name = overload.empty() ? schema.name() : schema.name() + "." + overload;
  auto arguments = torch::jit::last(*stack, schema.arguments().size()).vec();

  std::optional<at::Device> device;
  auto same_device = [&](const Tensor& tensor) {
    TORCH_CHECK(!device || *device == tensor.device(), "Expected all tensors to be on the same device, but found at ",
                "least two devices, ", *device, " and ", tensor.device(), "! (", name, ")");
  };
  at::Device where(at::kCUDA, current);
  for (const auto& argument : arguments) {
    if (argument.isDevice() && argument.toDevice().is_cuda() && argument.toDevice().has_index()) {
      where = argument.toDevice();
    }
    each_tensor(argument, [&](const Tensor& tensor) {
      if (tensor.defined() && tensor.is_cuda()) {
        same_device(tensor);
        device = tensor.device();
      }
      return tensor;
    });
  }
  where = device.value_or(where);
  if (kProducts.count(schema.name()) && !workspace[where.index()]) {
    workspace[where.index()] = true;
    board().take(where.index(), kWorkspace);
  }

  std::vector<IValue> lent;
  for (const auto& argument : arguments) {
    lent.push_back(each_tensor(argument, [&](const Tensor& tensor) {
      if (!tensor.defined() || tensor.is_meta()) return tensor;
      if (tensor.is_cuda()) return bare(tensor);
      if (tensor.dim() != 0 && !kHostIndices.count(name)) same_device(tensor);
      return tensor;
    }));
    if (argument.isDevice() && argument.toDevice().is_cuda()) lent.back() = c10::Device(at::kCPU);
  }
  torch::jit::drop(*stack, arguments.size());
  torch::jit::Stack answer(lent.begin(), lent.end());
  op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), &answer);

  // What was written in place is there already, unless it was given another size.
  for (size_t index = 0; index < arguments.size(); index++) {
    const auto* alias = schema.arguments()[index].alias_info();
    if (!alias || !alias->isWrite() || !arguments[index].isTensor()) continue;
    const Tensor ours = arguments[index].toTensor(), theirs = lent[index].toTensor();
    if (!ours.defined() || !ours.is_cuda()) continue;
    if (ours.sizes() != theirs.sizes() || (theirs.numel() && theirs.const_data_ptr() != ours.const_data_ptr())) {
      resize_(ours, theirs.sizes(), std::nullopt);
      if (theirs.numel()) bare(ours).copy_(theirs);
    }
  }
  for (const auto& value : answer) {
    stack->push_back(each_tensor(value, [&](const Tensor& tensor) {
      if (!tensor.defined() || tensor.is_meta()) return tensor;
      for (size_t index = 0; index < lent.size(); index++) {
        if (lent[index].isTensor() && lent[index].toTensor().is_same(tensor)) return arguments[index].toTensor();
      }
      return put(tensor, where);
    }));
  }
}

TORCH_LIBRARY_IMPL(_, CUDA, library) { library.fallback(torch::CppFunction::makeFromBoxedFunction<&compute>()); }

TORCH_LIBRARY_IMPL(aten, CUDA, library) {
  library.impl("empty.memory_format", &empty);
  library.impl("empty_strided", &empty_strided);
  library.impl("copy_", &copy_);
  library.impl("_copy_from", &copy_from);
  library.impl("_local_scalar_dense", &local_scalar);
  library.impl("resize_", &resize_);
  library.impl("set_.source_Storage_storage_offset", &set_storage);
  library.impl("set_.source_Storage", &set_whole);
  library.impl("set_.source_Tensor", &set_tensor);
  library.impl("histc", &histc);
  library.impl("convolution", &convolution);
  library.impl("view", &at::native::view);
  library.impl("as_strided", &at::native::as_strided_tensorimpl);
  library.impl("_reshape_alias", &at::native::_reshape_alias);
  library.impl("unfold", &at::native::unfold);
}

struct Start {
  Start() {
    c10::SetAllocator(at::kCUDA, &allocator, 100);
    at::native::_fused_sdp_choice_stub.set_cuda_dispatch_ptr(&choose_attention);
  }
} start;

}  // namespace

// What Python asks.
extern "C" {
int fake_count() { return board().count; }
int fake_current() { return current; }
void fake_set_current(int device) { current = c10::DeviceIndex(device); }
size_t fake_total() { return board().total; }
size_t fake_free(int device) { return board().free_bytes(device); }
size_t fake_allocated(int device) { return board().pools[device].allocated; }
size_t fake_reserved(int device) { return board().pools[device].reserved; }
size_t fake_peak(int device) { return board().pools[device].peak; }
void fake_reset_peak(int device) { board().pools[device].peak = board().pools[device].allocated; }
void fake_bound(int device, double fraction) { board().most[device] = size_t(fraction * double(board().total)); }
void fake_empty(int device) { board().empty(device); }
}
