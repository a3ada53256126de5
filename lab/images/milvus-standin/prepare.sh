# Python packages for the image's Python (Debian bookworm's 3.11), and what protoc makes of etcd's messages.
set -euo pipefail

platforms=(--platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux_2_28_x86_64)
pip install --quiet --root-user-action ignore --no-deps --only-binary :all: "${platforms[@]}" --python-version 3.11 \
  --target lib --requirement requirements.txt

# What nothing here imports makes up a third of it.
rm -rf lib/bin lib/{pandas,numpy,pyarrow,Crypto}/tests lib/pyarrow/{include,src} lib/numpy/_core/tests
rm -f lib/pyarrow/libarrow_{flight,s3}.so* lib/pyarrow/libarrow_python_flight.so* lib/pyarrow/{_flight,_s3fs}.cpython-*
find lib -name '__pycache__' -prune -exec rm -rf {} +

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
pip install --quiet --root-user-action ignore --target "$tools" "grpcio-tools==$GRPC_TOOLS_VERSION"
PYTHONPATH=$tools python3 -m grpc_tools.protoc --proto_path=. --python_out=standin etcd.proto
rm etcd.proto

echo "$MILVUS_VERSION" >standin/version.txt
