class LocalesController < ApplicationController
  def update
    session[:locale] = params[:locale].to_s if I18n.available_locales.map(&:to_s).include?(params[:locale].to_s)
    redirect_back fallback_location: root_path
  end
end
