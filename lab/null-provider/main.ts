/**
 * Stand-in for the provider hashicorp/null, which cannot be had where the lab has no registry: null_resource alone, built on
 * our own framework. @cdktf/provider-null 11.0.1 asks for "~> 3.0" and was generated from 3.2.4, so the lab offers it as that
 * version (terraform-provider-null_v3.2.4). Never part of the published package.
 */
import { createProvider } from "../../lib/provider/framework";
import { serve } from "../../lib/provider/protocol/serve";
import { nullResource } from "./null-resource";

void serve(createProvider({ resources: [nullResource] }));
