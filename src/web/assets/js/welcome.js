// The secret of a one-time link stands behind "#", which browsers send to nobody. It goes into the
// form, and out of the address.
const link = document.getElementById("link");
if (location.hash.length > 1) {
  link.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  document.getElementById("password").focus();
}
