// Puts a chosen file into the text field beside it, so that it can be looked at before it is sent. Without script the file
// is pasted.
for (const holder of document.querySelectorAll("[data-read-into]")) {
  const target = document.getElementById(holder.dataset.readInto);
  const input = holder.querySelector("input[type=file]");
  holder.hidden = false;
  input.addEventListener("change", async () => {
    const file = input.files[0];
    if (file) {
      target.value = await file.text();
      target.focus();
    }
  });
}
