class ActivationsController < ApplicationController
  def show
    user = User.of_link(params[:token])
    return redirect_to(root_path, alert: t("flash.bad_link")) unless user

    user.activate!
    redirect_to log_in_path, notice: t("flash.activated")
  end
end
