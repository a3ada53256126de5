# The wheel of the embedded Milvus carries the real server binary, with every cluster role, and its libraries.
set -euo pipefail
pip download --quiet --no-deps --only-binary :all: --platform manylinux2014_x86_64 --dest . "milvus==$MILVUS_VERSION"
rm -rf wheel && python3 -m zipfile -e "milvus-$MILVUS_VERSION"-*.whl wheel
mkdir -p bin lib
for file in wheel/milvus/data/bin/*.lzma; do
  xz -dc <"$file" >"lib/$(basename "$file" .lzma)"
done
mv lib/milvus bin/milvus && chmod 0755 bin/milvus
rm lib/libresolv.so.2 # belongs to the wheel builder's glibc; the image's own must be used, also by curl
rm -rf wheel ./*.whl
