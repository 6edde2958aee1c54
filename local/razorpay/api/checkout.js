// window.Razorpay with the options and events of Razorpay's Checkout, in an iframe.
(() => {
  "use strict";
  const home = new URL(document.currentScript.src).origin;

  class Razorpay {
    constructor(options) {
      if (!options || !options.key) throw new Error("`key` is mandatory");
      if (!options.order_id) throw new Error("`order_id` is mandatory");
      this.options = options;
      this.listeners = {};
      this.receive = this.receive.bind(this);
    }

    on(event, callback) {
      (this.listeners[event] ||= []).push(callback);
      return this;
    }

    open() {
      if (this.frame) return;
      const { key, order_id, name, description, prefill = {}, notes = {}, theme = {} } = this.options;
      const query = new URLSearchParams({ order_id, key_id: key, origin: location.origin, name: name || "",
        description: description || "", email: prefill.email || "", contact: prefill.contact || "",
        notes: JSON.stringify(notes), color: theme.color || "" });
      this.frame = document.createElement("iframe");
      this.frame.src = home + "/checkout?" + query;
      this.frame.title = "Checkout";
      this.frame.className = "razorpay-checkout-frame";
      Object.assign(this.frame.style, { position: "fixed", inset: "0", width: "100%", height: "100%", border: "0",
        zIndex: "2147483647", background: "rgba(10, 16, 34, .55)",
        colorScheme: "light" });  // As the checkout page: otherwise a dark page makes the frame opaque.
      window.addEventListener("message", this.receive);
      document.body.append(this.frame);
      this.overflow = document.body.style.overflow;
      document.body.style.overflow = "hidden";
    }

    close() {
      if (!this.frame) return;
      window.removeEventListener("message", this.receive);
      this.frame.remove();
      this.frame = null;
      document.body.style.overflow = this.overflow;
    }

    receive(event) {
      if (!this.frame || event.origin !== home || event.source !== this.frame.contentWindow) return;
      const result = event.data;
      if (result.error) {
        (this.listeners["payment.failed"] || []).forEach((callback) => callback({ error: result.error }));
      } else if (result.dismissed) {
        this.close();
        const { modal = {} } = this.options;
        if (modal.ondismiss) modal.ondismiss();
      } else if (result.razorpay_payment_id) {
        const { callback_url, redirect, handler } = this.options;
        this.close();
        if (callback_url && (redirect || !handler)) this.redirect(result);
        else if (handler) handler(result);
      }
    }

    redirect(fields) {
      const form = document.createElement("form");
      form.method = "post";
      form.action = this.options.callback_url;
      Object.entries(fields).forEach(([name, value]) => {
        const input = document.createElement("input");
        Object.assign(input, { type: "hidden", name, value });
        form.append(input);
      });
      document.body.append(form);
      form.submit();
    }
  }

  window.Razorpay = Razorpay;
})();
