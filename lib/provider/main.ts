import { createProvider } from "./framework";
import { serve } from "./protocol/serve";
import { cluster } from "./resources/cluster/cluster";
import { credentials } from "./resources/credentials";
import { peer } from "./resources/peer/peer";
import { status } from "./resources/status";

void serve(createProvider({ resources: [credentials, peer, cluster], dataSources: [status] }));
