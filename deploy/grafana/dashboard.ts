// What a dashboard of ours is, by Grafana's own types: schema_test.py puts each one behind it.
import type {DataQuery, Dashboard, Panel, RowPanel, GraphFieldConfig, TableFieldOptions, VariableModel} from "@grafana/schema";
import type {Options as Stat} from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type {Options as Table} from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type {Options as Timeseries} from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

// JSON has the texts of an enumeration, not its names.
type Json<T> = T extends string ? `${T}` : T extends object ? {[Key in keyof T]: Json<T[Key]>} : T;

// Grafana's types leave a query to each source of data; this is what its source for Prometheus
// reads.
interface Query extends DataQuery {
  expr: string;
  legendFormat: string;
  instant: boolean;
  range: boolean;
  format: "time_series" | "table" | "heatmap";
}

interface Shows<Kind, Options, Field> extends Omit<Panel, "type" | "options" | "targets" | "fieldConfig"> {
  type: Kind;
  options: Partial<Options>;
  targets: Query[];
  fieldConfig: Omit<NonNullable<Panel["fieldConfig"]>, "defaults"> & {
    defaults: Omit<NonNullable<Panel["fieldConfig"]>["defaults"], "custom"> & {custom?: Partial<Field>};
  };
}

// What Grafana writes beside the query of a variable, to show it; no type of this package has it.
interface Variable extends VariableModel {
  definition?: string;
}

export type Ours = Json<Omit<Dashboard, "panels" | "templating"> & {
  templating: {list: Variable[]};
  panels: Array<
    | RowPanel
    | Shows<"stat", Stat, object>
    | Shows<"table", Table, TableFieldOptions>
    | Shows<"timeseries", Timeseries, GraphFieldConfig>>;
}>;
