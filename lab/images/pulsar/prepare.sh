set -euo pipefail

# Maven 3.8 resolves this tree for ever; 3.9's breadth-first collector needs seconds. The old one fetches the new one.
mkdir -p maven
(cd maven && mvn -q -B dependency:copy "-Dartifact=org.apache.maven:apache-maven:$MAVEN_VERSION:tar.gz:bin" -DoutputDirectory=.)
tar -C maven --strip-components=1 -xzf maven/*.tar.gz
maven/bin/mvn -q -B -Daether.dependencyCollector.impl=bf -Dpulsar.version="$PULSAR_VERSION" \
  dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$PWD/lib"
rm -rf maven

rm -rf jre
jlink --add-modules java.se,jdk.unsupported,jdk.management,jdk.crypto.ec,jdk.naming.dns,jdk.zipfs,jdk.net \
  --strip-debug --no-man-pages --no-header-files --compress=1 --output jre
