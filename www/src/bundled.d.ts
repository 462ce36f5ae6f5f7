/** What the build makes of imports that are not modules. */

/** The address of a worker's script. */
declare module "*?worker&url" {
  const address: string;
  export default address;
}

/** The text of a style sheet. */
declare module "*.css?inline" {
  const text: string;
  export default text;
}
